package python

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	installationPrefix = "python-"
	buildPrefix        = "install-"
	useSuffix          = ".use"

	// lockPoll is how often a lock that another process holds is tried.
	lockPoll = 100 * time.Millisecond

	// keepUnused is how long an installation of another version is kept after
	// its last start, so that two versions of the program that are used in turn
	// do not take each other's away.
	keepUnused = 7 * 24 * time.Hour
)

// A cache is the folder with the installations.
type cache struct {
	dir string
}

// openCache makes the folder dir, or the default one if dir is "".
func openCache(dir string) (cache, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return cache{}, fmt.Errorf("%w: the user's cache folder is not known (%w); name one with --cache-dir or set HOME", ErrCache, err)
		}
		dir = filepath.Join(user, "dynamic-sessions-mcp")
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return cache{}, cacheError(err)
	}
	return cache{dir}, nil
}

func cacheError(err error) error {
	return fmt.Errorf("%w: %w; make it writable or name another with --cache-dir", ErrCache, err)
}

// path returns where the installation named key is.
func (c cache) path(key string) string { return filepath.Join(c.dir, key) }

// use marks the installation named key as being in use by this process, so that
// no other removes it. The caller unlocks it. It fails when ctx ends first.
func (c cache) use(ctx context.Context, key string) (*flock.Flock, error) {
	lock := flock.New(c.path(key)+useSuffix, flock.SetPermissions(0o600))
	if _, err := lock.TryRLockContext(ctx, lockPoll); err != nil {
		return nil, lockError(ctx, err)
	}
	now := time.Now()
	if err := os.Chtimes(lock.Path(), now, now); err != nil {
		return nil, errors.Join(cacheError(err), lock.Close())
	}
	return lock, nil
}

// lockInstalls waits until no other process installs anything and keeps others
// from it. It calls waiting once if it has to wait. The caller unlocks it.
func (c cache) lockInstalls(ctx context.Context, waiting func()) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(c.dir, "install.lock"), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		waiting()
		_, err = lock.TryLockContext(ctx, lockPoll)
	}
	if err != nil {
		return nil, lockError(ctx, err)
	}
	return lock, nil
}

func lockError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return cacheError(err)
}

// removeRemains removes what dead processes left of installations that they did
// not finish. The caller holds the lock of installs.
func (c cache) removeRemains() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), buildPrefix) {
			errs = append(errs, os.RemoveAll(c.path(entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// discard takes the folder with this name out of the cache. The caller holds
// the lock of installs.
func (c cache) discard(name string) error {
	away, err := os.MkdirTemp(c.dir, buildPrefix)
	if err != nil {
		return err
	}
	// Out of the way at once: half of an installation must not be found under
	// its name, however this process ends.
	if err := os.Rename(c.path(name), filepath.Join(away, "old")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, os.RemoveAll(away))
	}
	return os.RemoveAll(away)
}

// removeUnused removes installations other than keep that nobody uses and
// nobody has used since keepUnused. It does nothing if another process installs.
func (c cache) removeUnused(keep string) error {
	old := c.unused(keep)
	if len(old) == 0 {
		return nil
	}
	lock := flock.New(filepath.Join(c.dir, "install.lock"), flock.SetPermissions(0o600))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return err
	}
	defer lock.Close()
	var errs []error
	for _, key := range old {
		errs = append(errs, c.removeIfFree(key))
	}
	return errors.Join(errs...)
}

// unused returns the names of the installations that removeUnused looks at.
func (c cache) unused(keep string) []string {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil
	}
	var old []string
	for _, entry := range entries {
		key := entry.Name()
		if !entry.IsDir() || key == keep || !strings.HasPrefix(key, installationPrefix) {
			continue
		}
		used, err := os.Stat(c.path(key) + useSuffix)
		if err == nil && time.Since(used.ModTime()) > keepUnused {
			old = append(old, key)
		}
	}
	return old
}

func (c cache) removeIfFree(key string) error {
	// The file of the lock stays, as a process may have opened it to lock it.
	lock := flock.New(c.path(key) + useSuffix)
	if free, err := lock.TryLock(); err != nil || !free {
		return err
	}
	defer lock.Close()
	return c.discard(key)
}
