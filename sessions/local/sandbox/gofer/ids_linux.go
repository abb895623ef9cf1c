package gofer

import (
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/abi/linux"
	"gvisor.dev/gvisor/pkg/lisafs"
)

// ids maps the users and groups of the host to those of the sandbox: the process's own
// are root there, and all others nobody.
type ids struct{ user, group uint32 }

const nobody = 65534

func newIDs() ids { return ids{uint32(unix.Geteuid()), uint32(unix.Getegid())} }

func inside(id, own uint32) uint32 {
	if id == own {
		return 0
	}
	return nobody
}

// mine reports whether somebody of the sandbox is the process itself, or nobody in
// particular. Nothing can be given to others.
func mine(user lisafs.UID, group lisafs.GID) bool {
	return (user == 0 || !user.Ok()) && (group == 0 || !group.Ok())
}

// statx is what the sandbox is told of a file.
func (i ids) statx(st *unix.Stat_t) linux.Statx {
	return linux.Statx{
		Mask: unix.STATX_TYPE | unix.STATX_MODE | unix.STATX_INO | unix.STATX_NLINK | unix.STATX_UID | unix.STATX_GID |
			unix.STATX_SIZE | unix.STATX_BLOCKS | unix.STATX_ATIME | unix.STATX_MTIME | unix.STATX_CTIME,
		Mode:      uint16(st.Mode),
		Ino:       st.Ino,
		Nlink:     uint32(st.Nlink),
		UID:       inside(st.Uid, i.user),
		GID:       inside(st.Gid, i.group),
		Size:      uint64(st.Size),
		Blksize:   uint32(st.Blksize),
		Blocks:    uint64(st.Blocks),
		DevMinor:  unix.Minor(uint64(st.Dev)),
		DevMajor:  unix.Major(uint64(st.Dev)),
		RdevMinor: unix.Minor(uint64(st.Rdev)),
		RdevMajor: unix.Major(uint64(st.Rdev)),
		Atime:     timestamp(st.Atim),
		Mtime:     timestamp(st.Mtim),
		Ctime:     timestamp(st.Ctim),
	}
}

func timestamp(t unix.Timespec) linux.StatxTimestamp {
	return linux.StatxTimestamp{Sec: t.Sec, Nsec: uint32(t.Nsec)}
}
