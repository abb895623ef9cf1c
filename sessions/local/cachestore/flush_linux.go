package cachestore

import (
	"os"

	"golang.org/x/sys/unix"
)

// Flush writes to the disk what was written to the file system of dir, so that files are
// not found empty after a power cut.
func Flush(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}
