package gofer

import (
	"io"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/abi/linux"
	rwfd "gvisor.dev/gvisor/pkg/fd"
	"gvisor.dev/gvisor/pkg/fsutil"
	"gvisor.dev/gvisor/pkg/lisafs"
	"gvisor.dev/gvisor/pkg/marshal/primitive"
)

// An openFile can be read, or written.
type openFile struct {
	lisafs.OpenFD
	host int
}

var _ lisafs.OpenFDImpl = (*openFile)(nil)

func (f *file) open(host int, flags uint32) *openFile {
	o := &openFile{host: host}
	o.OpenFD.Init(f.FD(), flags, o)
	return o
}

// Open opens a file or a folder, and nothing else: to open a pipe or a device can do
// something. The sandbox gets a descriptor of a file, by which it reads and writes
// itself.
func (f *file) Open(flags uint32) (*lisafs.OpenFD, int, error) {
	switch {
	case f.closed:
		return nil, -1, unix.EACCES
	case !f.IsRegular() && !f.IsDir():
		return nil, -1, unix.EPERM
	}
	host, err := f.reopen(int(flags))
	if err != nil {
		return nil, -1, err
	}
	o := f.open(host, flags)
	if !f.IsRegular() {
		return o.FD(), -1, nil
	}
	return o.FD(), o.donated(), nil
}

// donated returns a descriptor for the sandbox, -1 if there is none to be had: then the
// sandbox reads and writes by way of this process.
func (o *openFile) donated() int {
	fd, err := unix.Dup(o.host)
	if err != nil {
		return -1
	}
	return fd
}

// FD returns what the protocol knows of the open file.
func (o *openFile) FD() *lisafs.OpenFD {
	if o == nil {
		return nil
	}
	return &o.OpenFD
}

// Close closes it.
func (o *openFile) Close() { unix.Close(o.host) }

// Renamed has nothing to do.
func (o *openFile) Renamed() {}

// Stat returns what the sandbox is told of the file.
func (o *openFile) Stat() (linux.Statx, error) {
	var st unix.Stat_t
	if err := unix.Fstat(o.host, &st); err != nil {
		return linux.Statx{}, err
	}
	return o.ControlFD().(*file).server.ids.statx(&st), nil
}

// Sync writes the file to the disk.
func (o *openFile) Sync() error { return unix.Fsync(o.host) }

// Flush has nothing to do: nothing is kept back.
func (o *openFile) Flush() error { return nil }

// Write writes at an offset.
func (o *openFile) Write(b []byte, offset uint64) (uint64, error) {
	n, err := rwfd.NewReadWriter(o.host).WriteAt(b, int64(offset))
	return uint64(n), err
}

// Read reads from an offset. There is no error at the end of the file.
func (o *openFile) Read(b []byte, offset uint64) (uint64, error) {
	n, err := rwfd.NewReadWriter(o.host).ReadAt(b, int64(offset))
	if err == io.EOF {
		err = nil
	}
	return uint64(n), err
}

// Allocate changes what the file takes of the disk.
func (o *openFile) Allocate(mode, offset, length uint64) error {
	return unix.Fallocate(o.host, uint32(mode), int64(offset), int64(length))
}

// Getdent64 lists the folder, some count bytes of it at a time.
func (o *openFile) Getdent64(count uint32, again bool, record func(lisafs.Dirent64)) error {
	if again {
		if _, err := unix.Seek(o.host, 0, io.SeekStart); err != nil {
			return err
		}
	}
	var buffer [8 << 10]byte
	for left := int(count); left > 0; {
		n, err := unix.Getdents(o.host, buffer[:min(left, len(buffer))])
		if err == unix.EINVAL && left < fsutil.UnixDirentMaxSize || err == nil && n <= 0 {
			return nil // no other entry fits, or there is none
		}
		if err != nil {
			return err
		}
		fsutil.ParseDirents(buffer[:n], func(number uint64, offset int64, kind uint8, name string, _ uint16) {
			entry := lisafs.Dirent64{
				Ino: primitive.Uint64(number), Off: primitive.Uint64(offset),
				Type: primitive.Uint8(kind), Name: lisafs.SizedString(name),
			}
			st, err := fsutil.StatAt(o.host, name)
			if err != nil {
				return // it is gone
			}
			entry.DevMinor, entry.DevMajor = primitive.Uint32(unix.Minor(st.Dev)), primitive.Uint32(unix.Major(st.Dev))
			record(entry)
		})
		left -= n
	}
	return nil
}
