package sandbox

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// RemoveTree removes a folder in which processes that are about to die may
// still write: it tries for a while.
func RemoveTree(dir string) error {
	var err error
	for range 40 {
		makeWritable(dir)
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// makeWritable gives the owner the right to empty every folder below dir,
// which code in a sandbox may have taken away. It follows no links.
func makeWritable(dir string) {
	// WalkDir calls back before it reads a folder, so that the change comes in
	// time. What cannot be changed is for the removal to report.
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d == nil || !d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().Perm()&0o700 != 0o700 {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
}
