package gofer

import (
	"strings"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/abi/linux"
	"gvisor.dev/gvisor/pkg/fsutil"
	"gvisor.dev/gvisor/pkg/lisafs"
)

// What is made belongs to the process, whatever the sandbox asks for: it has no other
// user.

// made returns the file for what was just made under a name, and removes it if that
// fails.
func (f *file) made(name string, removal int) (*file, linux.Statx, error) {
	e, err := f.server.find(f, name)
	if err != nil {
		_ = unix.Unlinkat(f.host, name, removal)
		return nil, linux.Statx{}, err
	}
	return f.child(e, name), f.server.ids.statx(&e.st), nil
}

// OpenCreate makes a file and opens it.
func (f *file) OpenCreate(mode linux.FileMode, user lisafs.UID, group lisafs.GID, name string, flags uint32) (*lisafs.ControlFD, linux.Statx, *lisafs.OpenFD, int, error) {
	if !mine(user, group) {
		return nil, linux.Statx{}, nil, -1, unix.EPERM
	}
	// The flags of the request apply to the file that exists: it may be opened for
	// writing although its mode forbids that.
	host, err := unix.Openat(f.host, name, int(flags)|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, uint32(mode&^linux.FileTypeMask))
	if err != nil {
		return nil, linux.Statx{}, nil, -1, err
	}
	child, st, err := f.made(name, 0)
	if err != nil {
		unix.Close(host)
		return nil, linux.Statx{}, nil, -1, err
	}
	o := child.open(host, flags)
	return child.FD(), st, o.FD(), o.donated(), nil
}

// Mkdir makes a folder.
func (f *file) Mkdir(mode linux.FileMode, user lisafs.UID, group lisafs.GID, name string) (*lisafs.ControlFD, linux.Statx, error) {
	if !mine(user, group) {
		return nil, linux.Statx{}, unix.EPERM
	}
	if err := unix.Mkdirat(f.host, name, uint32(mode&^linux.FileTypeMask)); err != nil {
		return nil, linux.Statx{}, err
	}
	child, st, err := f.made(name, unix.AT_REMOVEDIR)
	return child.FD(), st, err
}

// Mknod makes a file, and neither pipes nor devices.
func (f *file) Mknod(mode linux.FileMode, user lisafs.UID, group lisafs.GID, name string, _, _ uint32) (*lisafs.ControlFD, linux.Statx, error) {
	if mode.FileType() != linux.ModeRegular || !mine(user, group) {
		return nil, linux.Statx{}, unix.EPERM
	}
	if err := unix.Mknodat(f.host, name, uint32(mode), 0); err != nil {
		return nil, linux.Statx{}, err
	}
	child, st, err := f.made(name, 0)
	return child.FD(), st, err
}

// Symlink makes a link, which only the sandbox ever follows.
func (f *file) Symlink(name, target string, user lisafs.UID, group lisafs.GID) (*lisafs.ControlFD, linux.Statx, error) {
	if !mine(user, group) {
		return nil, linux.Statx{}, unix.EPERM
	}
	if err := unix.Symlinkat(target, f.host, name); err != nil {
		return nil, linux.Statx{}, err
	}
	child, st, err := f.made(name, 0)
	return child.FD(), st, err
}

// Link gives the file another name.
func (f *file) Link(dir lisafs.ControlFDImpl, name string) (*lisafs.ControlFD, linux.Statx, error) {
	folder, old, err := f.folder()
	if err != nil {
		return nil, linux.Statx{}, err
	}
	defer unix.Close(folder)
	to := dir.(*file)
	if err := unix.Linkat(folder, old, to.host, name, 0); err != nil {
		return nil, linux.Statx{}, err
	}
	child, st, err := to.made(name, 0)
	return child.FD(), st, err
}

// Unlink removes an entry of the folder.
func (f *file) Unlink(name string, flags uint32) error {
	return unix.Unlinkat(f.host, name, int(flags))
}

// RenameAt moves an entry of the folder.
func (f *file) RenameAt(name string, dir lisafs.ControlFDImpl, newName string) error {
	return fsutil.RenameAt(f.host, name, dir.(*file).host, newName)
}

// folder opens the folder that the file is in, and returns its name there. It goes down
// from the root of the mount, through folders only.
func (f *file) folder() (int, string, error) {
	names := strings.Split(strings.TrimPrefix(f.Node().FilePath(), "/"), "/")
	if names[0] == "" {
		return -1, "", unix.EINVAL // the root
	}
	at, err := unix.Open(f.server.mount.Source, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	for _, name := range names[:len(names)-1] {
		if err != nil {
			return -1, "", err
		}
		up := at
		at, err = unix.Openat(up, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		unix.Close(up)
	}
	if err != nil {
		return -1, "", err
	}
	name := names[len(names)-1]
	var st unix.Stat_t
	if err := unix.Fstatat(at, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || inodeOf(&st) != f.inode {
		unix.Close(at)
		return -1, "", unix.ENOENT // somebody has moved it
	}
	return at, name, nil
}

// What files do not have here: sockets of the host, and extended attributes.

// Connect refuses.
func (f *file) Connect(uint32) (int, error) { return -1, unix.EPERM }

// ConnectWithCreds refuses.
func (f *file) ConnectWithCreds(uint32, lisafs.UID, lisafs.GID) (int, error) { return -1, unix.EPERM }

// BindAt refuses.
func (f *file) BindAt(string, uint32, linux.FileMode, lisafs.UID, lisafs.GID) (*lisafs.ControlFD, linux.Statx, *lisafs.BoundSocketFD, int, error) {
	return nil, linux.Statx{}, nil, -1, unix.EPERM
}

// GetXattr refuses.
func (f *file) GetXattr(string, uint32, func(uint32) []byte) (uint16, error) {
	return 0, unix.EOPNOTSUPP
}

// SetXattr refuses.
func (f *file) SetXattr(string, string, uint32) error { return unix.EOPNOTSUPP }

// ListXattr refuses.
func (f *file) ListXattr(uint64) (lisafs.StringArray, error) { return nil, unix.EOPNOTSUPP }

// RemoveXattr refuses.
func (f *file) RemoveXattr(string) error { return unix.EOPNOTSUPP }
