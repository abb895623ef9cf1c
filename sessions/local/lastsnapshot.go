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
	entries, err := os.ReadDir(parent)
	if err != nil {
		return last, err
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		sums, err := os.Stat(filepath.Join(dir, snapshotSums))
		if err != nil {
			continue // a lock, or one that is not finished
		}
		used, err := os.Stat(dir)
		if err == nil && used.ModTime().After(last.Used) {
			last = SavedSnapshot{Dir: dir, Made: sums.ModTime(), Used: used.ModTime()}
		}
	}
	if last.Dir == "" {
		return last, os.ErrNotExist
	}
	return last, nil
}
