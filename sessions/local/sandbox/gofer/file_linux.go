package gofer

import (
	"strconv"
	"sync/atomic"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/abi/linux"
	"gvisor.dev/gvisor/pkg/fsutil"
	"gvisor.dev/gvisor/pkg/lisafs"
)

// A file is something that a sandbox has found. Its descriptor was opened without reading
// (O_PATH), so that finding a file does nothing; what reads or changes the file opens it
// again.
type file struct {
	lisafs.ControlFD
	server *server
	host   int
	inode  inode
	root   bool         // of the mount
	closed bool         // nothing of it may be read
	write  atomic.Int32 // a descriptor that can write, 0 for none yet
}

var _ lisafs.ControlFDImpl = (*file)(nil)

// Mount opens the mount's own folder, or file.
func (s *server) Mount(c *lisafs.Connection, node *lisafs.Node) (*lisafs.ControlFD, linux.Statx, int, error) {
	host, err := unix.Open(s.mount.Source, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, linux.Statx{}, -1, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(host, &st); err != nil {
		unix.Close(host)
		return nil, linux.Statx{}, -1, err
	}
	f := &file{server: s, host: host, inode: inodeOf(&st), root: true}
	node.IncRef() // it belongs to f
	f.ControlFD.Init(c, node, linux.FileMode(st.Mode), f)
	return f.FD(), s.ids.statx(&st), -1, nil
}

// child returns the file for an entry of a folder that was opened.
func (f *file) child(e entry, name string) *file {
	var node *lisafs.Node
	parent := f.Node()
	parent.WithChildrenMu(func() {
		if node = parent.LookupChildLocked(name); node != nil {
			node.IncRef()
			return
		}
		node = &lisafs.Node{}
		node.InitLocked(name, parent)
	})
	c := &file{server: f.server, host: e.host, inode: inodeOf(&e.st), closed: e.closed}
	c.ControlFD.Init(f.Conn(), node, linux.FileMode(e.st.Mode), c)
	return c
}

// FD returns what the protocol knows of the file.
func (f *file) FD() *lisafs.ControlFD {
	if f == nil {
		return nil
	}
	return &f.ControlFD
}

// Close gives the descriptors back.
func (f *file) Close() {
	unix.Close(f.host)
	if fd := f.write.Load(); fd != 0 {
		unix.Close(int(fd))
	}
}

// Renamed has nothing to do: a file is known by its descriptor.
func (f *file) Renamed() {}

// reopen opens the file itself, whatever its name is by now.
func (f *file) reopen(flags int) (int, error) {
	if f.closed {
		return -1, unix.EACCES
	}
	return unix.Open(f.self(), flags&^unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
}

// self is a path to the file itself.
func (f *file) self() string { return "/proc/self/fd/" + strconv.Itoa(f.host) }

// writer returns a descriptor that can write to the file, which stays the file's.
func (f *file) writer() (int, error) {
	if fd := f.write.Load(); fd != 0 {
		return int(fd), nil
	}
	fd, err := f.reopen(unix.O_WRONLY)
	if err == unix.EACCES {
		fd, err = f.forceOpen()
	}
	if err != nil {
		return -1, err
	}
	if !f.write.CompareAndSwap(0, int32(fd)) { // somebody was faster
		unix.Close(fd)
	}
	return int(f.write.Load()), nil
}

// forceOpen opens one's own file for writing although its mode forbids that: the sandbox
// has opened it before it got that mode.
func (f *file) forceOpen() (int, error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.host, &st); err != nil {
		return -1, err
	}
	if err := f.chmod(st.Mode&^unix.S_IFMT | unix.S_IWUSR); err != nil {
		return -1, err
	}
	fd, err := f.reopen(unix.O_WRONLY)
	if again := f.chmod(st.Mode &^ unix.S_IFMT); err == nil && again != nil {
		unix.Close(fd)
		err = again
	}
	return fd, err
}

// Stat returns what the sandbox is told of the file.
func (f *file) Stat() (linux.Statx, error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.host, &st); err != nil {
		return linux.Statx{}, err
	}
	return f.server.ids.statx(&st), nil
}

// StatFS describes the file system.
func (f *file) StatFS() (lisafs.StatFS, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(f.host, &st); err != nil {
		return lisafs.StatFS{}, err
	}
	return lisafs.StatFS{
		Type: uint64(st.Type), BlockSize: int64(st.Bsize), NameLength: uint64(st.Namelen),
		Blocks: st.Blocks, BlocksFree: st.Bfree, BlocksAvailable: st.Bavail, Files: st.Files, FilesFree: st.Ffree,
	}, nil
}

// Walk finds an entry of the folder.
func (f *file) Walk(name string) (*lisafs.ControlFD, linux.Statx, error) {
	e, err := f.server.find(f, name)
	if err != nil {
		return nil, linux.Statx{}, err
	}
	return f.child(e, name).FD(), f.server.ids.statx(&e.st), nil
}

// WalkStat describes what lies on a path, up to what is not there, or is a link.
func (f *file) WalkStat(path lisafs.StringArray, record func(linux.Statx)) error {
	if len(path) > 0 && path[0] == "" {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		record(st)
		path = path[1:]
	}
	here := &file{server: f.server, host: f.host, inode: f.inode, root: f.root, closed: f.closed}
	defer func() {
		if here.host != f.host {
			unix.Close(here.host)
		}
	}()
	for _, name := range path {
		e, err := f.server.find(here, name)
		if err == unix.ENOENT || err == unix.ENOTDIR {
			return nil
		}
		if err != nil {
			return err
		}
		if here.host != f.host {
			unix.Close(here.host)
		}
		here.host, here.inode, here.root, here.closed = e.host, inodeOf(&e.st), false, e.closed
		record(f.server.ids.statx(&e.st))
		if e.st.Mode&unix.S_IFMT == unix.S_IFLNK {
			return nil
		}
	}
	return nil
}

// Readlink returns where a link leads.
func (f *file) Readlink(buffer func(uint32) []byte) (uint16, error) {
	for size := 256; ; size *= 4 {
		b := buffer(uint32(size))
		n, err := unix.Readlinkat(f.host, "", b)
		if err != nil {
			return 0, err
		}
		if n < size {
			return uint16(n), nil
		}
		if size > unix.PathMax {
			return 0, unix.ENAMETOOLONG
		}
	}
}

// SetStat changes what a request says, as far as it can. It reports what it could not.
func (f *file) SetStat(req lisafs.SetStatReq) (failed uint32, reason error) {
	try := func(mask uint32, do func() error) {
		if req.Mask&mask == 0 {
			return
		}
		if err := do(); err != nil {
			failed |= req.Mask & mask
			reason = err
		}
	}
	try(unix.STATX_MODE, func() error { return f.chmod(req.Mode &^ unix.S_IFMT) })
	try(unix.STATX_SIZE, func() error {
		fd, err := f.writer()
		if err != nil {
			return err
		}
		return unix.Ftruncate(fd, int64(req.Size))
	})
	try(unix.STATX_ATIME|unix.STATX_MTIME, func() error { return f.setTimes(req) })
	try(unix.STATX_UID|unix.STATX_GID, func() error {
		user, group := lisafs.UID(lisafs.NoUID), lisafs.GID(lisafs.NoGID)
		if req.Mask&unix.STATX_UID != 0 {
			user = req.UID
		}
		if req.Mask&unix.STATX_GID != 0 {
			group = req.GID
		}
		return f.chown(user, group)
	})
	return failed, reason
}

// chown does nothing for one's own files, and cannot do anything for others.
func (f *file) chown(user lisafs.UID, group lisafs.GID) error {
	var st unix.Stat_t
	if err := unix.Fstat(f.host, &st); err != nil {
		return err
	}
	if !mine(user, group) || st.Uid != f.server.ids.user {
		return unix.EPERM
	}
	return nil
}

func (f *file) chmod(mode uint32) error {
	if f.IsSymlink() {
		return unix.EOPNOTSUPP
	}
	return unix.Fchmodat(unix.AT_FDCWD, f.self(), mode, 0)
}

func (f *file) setTimes(req lisafs.SetStatReq) error {
	times := [2]unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Nsec: unix.UTIME_OMIT}}
	if req.Mask&unix.STATX_ATIME != 0 {
		times[0] = unix.Timespec{Sec: req.Atime.Sec, Nsec: req.Atime.Nsec}
	}
	if req.Mask&unix.STATX_MTIME != 0 {
		times[1] = unix.Timespec{Sec: req.Mtime.Sec, Nsec: req.Mtime.Nsec}
	}
	if !f.IsSymlink() {
		return unix.UtimesNanoAt(unix.AT_FDCWD, f.self(), times[:], 0)
	}
	folder, name, err := f.folder()
	if err != nil {
		return err
	}
	defer unix.Close(folder)
	return fsutil.Utimensat(folder, name, times, unix.AT_SYMLINK_NOFOLLOW)
}
