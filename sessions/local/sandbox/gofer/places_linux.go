package gofer

import (
	"path/filepath"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// An inode names a file as long as it is open.
type inode struct{ device, number uint64 }

func inodeOf(st *unix.Stat_t) inode { return inode{uint64(st.Dev), st.Ino} }

// A place is a name in a folder. What is covered is known by its place and not by what
// is there: that may be a file server that does not answer.
type place struct {
	folder inode
	name   string
}

// findCovered finds the places that the mount has covered, and the user's folders that
// are closed. What is not there need not be.
func (s *server) findCovered() {
	for _, path := range s.mount.Covered {
		var st unix.Stat_t
		if unix.Stat(filepath.Dir(path), &st) == nil {
			s.covered[place{inodeOf(&st), filepath.Base(path)}] = true
		}
	}
	if s.mount.Folders == nil {
		return
	}
	for _, path := range s.mount.Folders.Private {
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil {
			s.private[inodeOf(&st)] = true
		}
	}
}

// blanks are what a sandbox finds in the place of something else.
type blanks struct{ empty, closedFolder, closedFile int }

func openBlanks(config Config) (b blanks, err error) {
	for _, blank := range []struct {
		fd   *int
		path string
	}{
		{&b.empty, config.Empty}, {&b.closedFolder, config.ClosedFolder}, {&b.closedFile, config.ClosedFile},
	} {
		if *blank.fd, err = unix.Open(blank.path, unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
			return b, err
		}
	}
	return b, nil
}

// find opens an entry of a folder, without reading it, as the sandbox is to see it: the
// entry itself, or what is in its place.
func (s *server) find(folder *file, name string) (int, unix.Stat_t, error) {
	if s.covered[place{folder.inode, name}] {
		return open(s.blank.empty)
	}
	if s.mount.Folders != nil && folder.root {
		return s.findFolder(folder, name)
	}
	fd, err := unix.Openat(folder.host, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, unix.Stat_t{}, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return -1, st, err
	}
	if !s.closed(fd, &st, folder, name) {
		return fd, st, nil
	}
	unix.Close(fd)
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return open(s.blank.closedFolder)
	}
	return open(s.blank.closedFile)
}

// findFolder opens a folder of the user by its name. One that is gone is an empty one.
func (s *server) findFolder(root *file, name string) (int, unix.Stat_t, error) {
	source, known := s.mount.Folders.Sources[name]
	var st unix.Stat_t
	if err := unix.Fstatat(root.host, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || !known {
		return -1, st, unix.ENOENT // it was not shown yet
	}
	fd, err := unix.Open(source, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return open(s.blank.empty)
	}
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return -1, st, err
	}
	if s.private[inodeOf(&st)] || showsKernel(fd) {
		unix.Close(fd)
		return open(s.blank.closedFolder)
	}
	return fd, st, nil
}

// closed reports whether the sandbox may see something of the user's that is at a place,
// and not read it. It is asked each time that somebody looks at the place.
func (s *server) closed(fd int, st *unix.Stat_t, folder *file, name string) bool {
	f := s.mount.Folders
	if f == nil {
		return false
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK: // the sandbox resolves it, and finds what that leads to closed
		return false
	case unix.S_IFREG:
	case unix.S_IFDIR:
		if s.private[inodeOf(st)] || uint64(st.Dev) != folder.inode.device && showsKernel(fd) {
			return true
		}
	default: // to open it can do something
		return true
	}
	return !f.Hidden && userfolders.Hidden(name)
}

// open opens something again, without reading it.
func open(path int) (int, unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Fstat(path, &st); err != nil {
		return -1, st, err
	}
	fd, err := unix.Dup(path)
	return fd, st, err
}

// showsKernel reports whether an open folder belongs to a file system that shows the
// machine, or does something when somebody looks, and has no files of the user.
func showsKernel(fd int) bool {
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) != nil {
		return true
	}
	switch int64(st.Type) {
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.DEVPTS_SUPER_MAGIC,
		unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC, unix.BPF_FS_MAGIC, unix.PSTOREFS_MAGIC,
		unix.EFIVARFS_MAGIC, unix.HUGETLBFS_MAGIC, unix.BINFMTFS_MAGIC, unix.SELINUX_MAGIC, unix.NSFS_MAGIC,
		mqueueMagic, configfsMagic, fusectlMagic, rpcPipefsMagic:
		return true
	}
	return false
}

// Magic numbers of file systems that package unix does not have.
const (
	mqueueMagic    = 0x19800202
	configfsMagic  = 0x62656570
	fusectlMagic   = 0x65735543
	rpcPipefsMagic = 0x67596969
)
