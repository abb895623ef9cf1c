package basesystem

import (
	"os"

	"golang.org/x/sys/unix"
)

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
