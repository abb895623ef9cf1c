// Package atomicfile writes files that are whole or not there.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write makes the file at path, or replaces it, with what write writes, which may be called
// with any number of writes. Others see the old file or the new one, never a part. The
// folder must exist. An error leaves the old file as it was; what a killed process leaves
// behind is called ".new-" and a number.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path) // closed, as Windows wants it
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
