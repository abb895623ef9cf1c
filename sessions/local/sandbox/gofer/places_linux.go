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

// findCovered finds the places that the mount has covered, those that lead to links, and
// the user's folders that are closed. What is not there need not be.
func (s *server) findCovered() {
	for _, path := range s.mount.Covered {
		var st unix.Stat_t
		if unix.Stat(filepath.Dir(path), &st) == nil {
			s.covered[place{inodeOf(&st), filepath.Base(path)}] = true
		}
	}
	for path, source := range s.mount.Links {
		var at, st unix.Stat_t
		if unix.Stat(filepath.Dir(path), &at) == nil && unix.Stat(source, &st) == nil {
			s.links[place{inodeOf(&at), filepath.Base(path)}] = source
			s.linked[inodeOf(&st)] = true
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
type blanks struct{ emptyFolder, emptyFile, closedFolder, closedFile int }

func openBlanks(config Config) (b blanks, err error) {
	for _, blank := range []struct {
		fd   *int
		path string
	}{
		{&b.emptyFolder, config.EmptyFolder}, {&b.emptyFile, config.EmptyFile}, {&b.closedFolder, config.ClosedFolder}, {&b.closedFile, config.ClosedFile},
	} {
		if *blank.fd, err = unix.Open(blank.path, unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
			return b, err
		}
	}
	return b, nil
}

// An entry is what a sandbox finds in a folder. Its descriptor was opened without reading.
type entry struct {
	host   int
	st     unix.Stat_t
	closed bool // nothing of it may be read
}

// find opens an entry of a folder as the sandbox is to see it: the entry itself, or what is
// in its place.
func (s *server) find(folder *file, name string) (entry, error) {
	switch {
	case folder.closed:
		return entry{}, unix.EACCES
	case s.covered[place{folder.inode, name}]:
		return s.cover(folder, name)
	case s.mount.Folders != nil && folder.root:
		return s.findFolder(folder, name)
	}
	if source := s.links[place{folder.inode, name}]; source != "" {
		return opened(unix.Open(source, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0))
	}
	e, err := opened(unix.Openat(folder.host, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0))
	if err == nil && s.linked[folder.inode] && e.st.Mode&unix.S_IFMT != unix.S_IFLNK {
		unix.Close(e.host)
		return entry{}, unix.ENOENT
	}
	if err != nil || !s.closed(e, folder, name) {
		return e, err
	}
	unix.Close(e.host)
	if e.st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return again(s.blank.closedFolder, true)
	}
	return again(s.blank.closedFile, true)
}

// cover returns what is in the place of something that is covered, by its kind: that is
// all that it looks at.
func (s *server) cover(folder *file, name string) (entry, error) {
	fd, err := unix.Openat(folder.host, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOTDIR {
		return again(s.blank.emptyFile, false)
	}
	if err == nil {
		unix.Close(fd)
	}
	return again(s.blank.emptyFolder, false)
}

// findFolder opens a folder of the user by its name. One that is gone is an empty one.
func (s *server) findFolder(root *file, name string) (entry, error) {
	source, known := s.mount.Folders.Sources[name]
	var st unix.Stat_t
	if err := unix.Fstatat(root.host, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || !known {
		return entry{}, unix.ENOENT // it was not shown yet
	}
	e, err := opened(unix.Open(source, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0))
	if err != nil {
		return again(s.blank.emptyFolder, false)
	}
	if s.private[inodeOf(&e.st)] || showsKernel(e.host) {
		unix.Close(e.host)
		return again(s.blank.closedFolder, true)
	}
	return e, nil
}

// opened returns the entry for what was opened.
func opened(host int, err error) (entry, error) {
	if err != nil {
		return entry{}, err
	}
	e := entry{host: host}
	if err := unix.Fstat(host, &e.st); err != nil {
		unix.Close(host)
		return entry{}, err
	}
	return e, nil
}

// again returns an entry for what is open.
func again(host int, closed bool) (entry, error) {
	e, err := opened(unix.Dup(host))
	e.closed = closed
	return e, err
}

// closed reports whether the sandbox may see something of the user's that is at a place,
// and not read it. It is asked each time that somebody looks at the place.
func (s *server) closed(e entry, folder *file, name string) bool {
	f := s.mount.Folders
	if f == nil {
		return false
	}
	switch e.st.Mode & unix.S_IFMT {
	case unix.S_IFLNK: // the sandbox resolves it, and finds what that leads to closed
		return false
	case unix.S_IFREG:
	case unix.S_IFDIR:
		if s.private[inodeOf(&e.st)] || uint64(e.st.Dev) != folder.inode.device && showsKernel(e.host) {
			return true
		}
	default: // to open it can do something
		return true
	}
	return !f.Hidden && userfolders.Hidden(name)
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
