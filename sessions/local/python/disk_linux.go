package python

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// freeSpace returns how many bytes the user can still write below dir.
func freeSpace(dir string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}

// flushDisk writes to the disk what was written to the file system of dir, so that
// files are not found empty after a power cut.
func flushDisk(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}
