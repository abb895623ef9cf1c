//go:build unix

package tree

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A Folder is an open folder.
type Folder struct {
	file *os.File
	lent bool // it was made readable, and is to have its mode again
	mode uint32
}

const openFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// Open opens the folder that root is.
func Open(root *os.Root) (*Folder, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	folder := &Folder{file: f}
	return folder, folder.makeSearchable()
}

// Close closes the folder.
func (f *Folder) Close() {
	if f.lent {
		_ = unix.Fchmod(f.fd(), f.mode)
	}
	f.file.Close()
}

func (f *Folder) fd() int { return int(f.file.Fd()) }

// Names returns the names of the next entries, at most n of them, and io.EOF
// after the last.
func (f *Folder) Names(n int) ([]string, error) { return f.file.Readdirnames(n) }

// rewind begins Names anew.
func (f *Folder) rewind() error {
	_, err := f.file.Seek(0, 0)
	return err
}

// Enter opens the folder of a name. One that code has made unreadable is made
// readable for as long as it is open: it must not hide what is in it.
func (f *Folder) Enter(name string) (*Folder, error) {
	fd, err := openat(f.fd(), name, openFlags)
	if errors.Is(err, unix.EACCES) {
		var mode uint32
		if mode, err = f.makeReadable(name); err == nil {
			fd, err = openat(f.fd(), name, openFlags)
		}
		if err == nil {
			return &Folder{file: os.NewFile(uintptr(fd), name), lent: true, mode: mode}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	sub := &Folder{file: os.NewFile(uintptr(fd), name)}
	return sub, sub.makeSearchable()
}

// makeSearchable lets the folder's entries be looked at.
func (f *Folder) makeSearchable() error {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd(), &st); err != nil || st.Mode&0o100 != 0 || os.Geteuid() == 0 {
		return err
	}
	f.lent, f.mode = true, uint32(st.Mode)&0o7777
	return unix.Fchmod(f.fd(), f.mode|0o700)
}

// own gives us every right to the folder.
func (f *Folder) own() error {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd(), &st); err != nil || st.Mode&0o700 == 0o700 {
		return err
	}
	return unix.Fchmod(f.fd(), uint32(st.Mode)&0o7777|0o700)
}

// Stat describes an entry.
func (f *Folder) Stat(name string) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(f.fd(), name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return Info{}, err
	}
	return describe(&st), nil
}

func describe(st *unix.Stat_t) Info {
	kind := uint32(st.Mode) & unix.S_IFMT
	return Info{
		Size:     st.Size,
		Blocks:   st.Blocks * 512,
		Modified: time.Unix(st.Mtim.Unix()),
		Changed:  time.Unix(st.Ctim.Unix()),
		Dir:      kind == unix.S_IFDIR,
		Regular:  kind == unix.S_IFREG,
		Links:    uint64(st.Nlink),
		ID:       ID{uint64(st.Dev), st.Ino},
	}
}

// Remove removes an entry; a folder must be empty.
func (f *Folder) Remove(name string, dir bool) error {
	flags := 0
	if dir {
		flags = unix.AT_REMOVEDIR
	}
	return retry(func() error { return unix.Unlinkat(f.fd(), name, flags) })
}

// Truncate cuts a file to a size.
func (f *Folder) Truncate(name string, size int64) error {
	fd, err := openat(f.fd(), name, unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return retry(func() error { return unix.Ftruncate(fd, size) })
}

func openat(dir int, name string, flags int) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(dir, name, flags, 0)
		return err
	})
	return fd, err
}

// retry calls f again for as long as a signal interrupts it.
func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
