package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
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
	lock := cachedir.NewLock(dir + useSuffix)
	if _, err := lock.TryRLockContext(ctx, lockPoll); err != nil {
		return err
	}
	e.inUse = lock
	return nil
}

// removeOldSnapshots removes what has not been used for long, or is more than
// is kept, except what a server uses, and what a process that was killed has
// left half made.
func (p *Pool) removeOldSnapshots(parent, keep string) {
	for _, making := range makingKind.List(parent) {
		if time.Since(making.Changed) > makingAge && makingKind.Remove(making.Path) == nil {
			p.opts.Logger.Info().Msg("removed a snapshot that an earlier process did not finish")
		}
	}
	old := slices.DeleteFunc(snapshotKind.List(parent), func(f cachedir.Found) bool { return filepath.Base(f.Path) == keep })
	slices.SortFunc(old, func(a, b cachedir.Found) int { return b.Changed.Compare(a.Changed) })
	for i, s := range old {
		if (i+1 >= maxSnapshots || time.Since(s.Changed) > snapshotAge) && removeUnused(s.Path) {
			p.opts.Logger.Info().Str("snapshot", filepath.Base(s.Path)).Msg("removed a snapshot that is no longer used")
		}
	}
}

// removeUnused removes a snapshot unless a server uses it. The lock goes with
// it: a server that waits for it just then makes the snapshot again.
func removeUnused(dir string) (removed bool) {
	lock := cachedir.NewLock(dir + useSuffix)
	if locked, err := lock.TryLock(); err != nil || !locked {
		return false
	}
	defer lock.Close()
	removed = snapshotKind.Remove(dir) == nil
	_ = os.Remove(lock.Path())
	return removed
}
