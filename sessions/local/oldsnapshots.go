package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	// maxSnapshots is how many snapshots are kept: each build of the program,
	// and each combination of limits, has its own.
	maxSnapshots = 3
	// snapshotAge is how long a snapshot that nobody uses is kept.
	snapshotAge = 7 * 24 * time.Hour
	// makingAge is after how long one that is being made was given up.
	makingAge = time.Hour

	makingPrefix = "making-"
	useSuffix    = ".use"

	// lockPoll is how often a lock that another process holds is tried.
	lockPoll = 20 * time.Millisecond
)

// useSnapshot keeps other processes from removing the snapshot dir, which need
// not be there yet, until the engine is closed.
func (e *engine) useSnapshot(ctx context.Context, dir string) error {
	if e.inUse != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	lock := flock.New(dir+useSuffix, flock.SetPermissions(0o600))
	if _, err := lock.TryRLockContext(ctx, lockPoll); err != nil {
		return err
	}
	e.inUse = lock
	return nil
}

// removeOldSnapshots removes what has not been used for long, or is more than
// is kept, except what a server uses, and what a process that was killed has
// left half made.
func removeOldSnapshots(parent, keep string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	type snapshot struct {
		dir  string
		used time.Time
	}
	var old []snapshot
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || e.Name() == keep {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		if !strings.HasPrefix(e.Name(), makingPrefix) {
			old = append(old, snapshot{dir, info.ModTime()})
		} else if time.Since(info.ModTime()) > makingAge {
			_ = os.RemoveAll(dir)
		}
	}
	slices.SortFunc(old, func(a, b snapshot) int { return b.used.Compare(a.used) })
	for i, s := range old {
		if i+1 >= maxSnapshots || time.Since(s.used) > snapshotAge {
			removeUnused(s.dir)
		}
	}
}

// removeUnused removes a snapshot unless a server uses it. The lock goes with
// it: a server that waits for it just then makes the snapshot again.
func removeUnused(dir string) {
	lock := flock.New(dir+useSuffix, flock.SetPermissions(0o600))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return
	}
	defer lock.Close()
	_ = os.RemoveAll(dir)
	_ = os.Remove(lock.Path())
}
