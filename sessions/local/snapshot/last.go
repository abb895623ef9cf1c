package local

import (
	"os"
	"path/filepath"
	"time"
)

// A SavedSnapshot is a snapshot in a cache folder.
type SavedSnapshot struct {
	Dir        string
	Made, Used time.Time // when it was made and, by a server's start, last used
}

// LastSnapshot returns the snapshot in a cache folder that was used last: the
// one that fits, if a pool has just used one. The error wraps os.ErrNotExist if
// there is none.
func LastSnapshot(cacheDir string) (last SavedSnapshot, err error) {
	parent := filepath.Join(cacheDir, snapshotFolder)
	if _, err := os.ReadDir(parent); err != nil {
		return last, err
	}
	for _, found := range snapshotKind.List(parent) {
		sums, err := os.Stat(filepath.Join(found.Path, snapshotSums))
		if err != nil {
			continue // one that is half removed
		}
		if found.Changed.After(last.Used) {
			last = SavedSnapshot{Dir: found.Path, Made: sums.ModTime(), Used: found.Changed}
		}
	}
	if last.Dir == "" {
		return last, os.ErrNotExist
	}
	return last, nil
}
