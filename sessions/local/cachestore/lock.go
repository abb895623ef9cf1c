package cachestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// useSuffix ends the name of the file of a use lock.
const useSuffix = ".use"

// lockStore takes the store's lock. It calls waiting once if it has to wait, and
// fails when ctx ends or its patience does.
func (s *Store) lockStore(ctx context.Context, waiting func()) (*flock.Flock, error) {
	lock := cachedir.NewLock(s.Path(s.Lock))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		waiting()
		err = s.waitForLock(ctx, lock)
	}
	if err != nil {
		return nil, lockError(ctx, err)
	}
	return lock, nil
}

func (s *Store) waitForLock(ctx context.Context, lock *flock.Flock) error {
	if s.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Patience, errBusy)
		defer cancel()
	}
	if _, err := lock.TryLockContext(ctx, cachedir.LockPoll); err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	return nil
}

// errBusy says that another process did not finish a build in time.
var errBusy = errors.New("another process takes too long to build what is needed")

// newUseLock returns the use lock of the item in the folder dir. That of an item
// that is lent is its owner's.
func newUseLock(dir string) *flock.Flock {
	path := dir + useSuffix
	if target, ok := cachedir.Lent(path); ok {
		path = target
	}
	return cachedir.NewLock(path)
}

// lockUse takes a use lock, shared, and notes the use. It waits while the item is
// being removed.
func lockUse(ctx context.Context, dir string) (*flock.Flock, error) {
	for {
		lock := newUseLock(dir)
		if _, err := lock.TryRLockContext(ctx, cachedir.LockPoll); err != nil {
			return nil, lockError(ctx, err)
		}
		if hasItsName(lock) {
			recordUse(lock)
			return lock, nil
		}
		lock.Close() // its file went with the item
	}
}

// tryLockUnused takes a use lock, exclusively, unless the item is in use.
func tryLockUnused(dir string) (lock *flock.Flock, unused bool) {
	lock = newUseLock(dir)
	if locked, err := lock.TryLock(); err != nil || !locked {
		return nil, false
	}
	if !hasItsName(lock) {
		lock.Close()
		return nil, false
	}
	return lock, true
}

// hasItsName reports whether the file of a lock that is held is the one that
// others find under its name.
func hasItsName(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(lock.Path())
	return err == nil && os.SameFile(held, named)
}

// recordUse sets the time of the last use. Where that cannot be, the item only
// looks as if it had been unused for longer.
func recordUse(lock *flock.Flock) {
	now := time.Now()
	_ = os.Chtimes(lock.Path(), now, now)
}

// lastUse returns when the item in the folder dir was last used, and whether
// anybody noted that.
func lastUse(dir string) (used time.Time, noted bool) {
	info, err := os.Lstat(dir + useSuffix)
	if err != nil || !info.Mode().IsRegular() {
		return time.Time{}, false
	}
	return info.ModTime(), true
}

func lockError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errBusy) {
		return err
	}
	return fmt.Errorf("%w: %w; make it writable or name another with --cache-dir", cachedir.ErrUnusable, err)
}
