package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

const (
	installationPrefix = "python-"
	buildPrefix        = "install-"
	installLock        = "install.lock"
	downloadsFolder    = "downloads"

	// lockPoll is how often a lock that another process holds is tried.
	lockPoll = 100 * time.Millisecond

	// keepUnused is how long an installation of another version is kept after
	// its last start, so that two versions of the program that are used in turn
	// do not take each other's away.
	keepUnused = 7 * 24 * time.Hour
)

// What this package makes in the cache folder. Earlier versions marked neither
// builds nor downloads: they are known by what only they have.
var (
	installations = cachedir.Kind{
		Form:  regexp.MustCompile(`^python-[0-9]+\.[0-9]+\.[0-9]+-[a-z0-9]+-[a-z0-9]+-[0-9a-f]{12}$`),
		Proof: []string{markerName, homeFolder + "/" + executable},
	}
	builds = cachedir.Kind{
		Form:  regexp.MustCompile(`^install-[0-9]+$`),
		Proof: []string{cachedir.Marker, "tree/" + homeFolder, "old/" + homeFolder},
	}
	downloads = cachedir.Kind{
		Form:  regexp.MustCompile(`^downloads$`),
		Proof: []string{cachedir.Marker, "http-v2"},
	}
)

// A cache is the folder with the installations.
type cache struct {
	dir string
	log zerolog.Logger
}

// openCache opens the program's folder in dir, or in the default one if dir is "".
func openCache(dir string, log zerolog.Logger) (cache, error) {
	dir, err := cachedir.Open(dir)
	return cache{dir, log}, err
}

func cacheError(err error) error {
	if errors.Is(err, ErrCache) {
		return err
	}
	return fmt.Errorf("%w: %w; make it writable or name another with --cache-dir", ErrCache, err)
}

// path returns where the installation named key is.
func (c cache) path(key string) string { return filepath.Join(c.dir, key) }

// use marks the installation named key as being in use by this process, so that
// no other removes it. The caller unlocks it. It fails when ctx ends first.
func (c cache) use(ctx context.Context, key string) (*flock.Flock, error) {
	lock := cachedir.NewUse(c.path(key))
	if _, err := lock.TryRLockContext(ctx, lockPoll); err != nil {
		return nil, lockError(ctx, err)
	}
	if err := cachedir.Touch(lock); err != nil {
		return nil, errors.Join(cacheError(err), lock.Close())
	}
	return lock, nil
}

// checkLink refuses an installation that is a link, unless the user lends that
// of another cache folder.
func (c cache) checkLink(key string) error {
	if err := cachedir.CheckLink(c.path(key)); err != nil {
		return cacheError(err)
	}
	return nil
}

// lockInstalls waits until no other process installs anything and keeps others
// from it. It calls waiting once if it has to wait. The caller unlocks it.
func (c cache) lockInstalls(ctx context.Context, waiting func()) (*flock.Flock, error) {
	lock := cachedir.NewLock(c.path(installLock))
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
	var errs []error
	for _, build := range builds.List(c.dir) {
		err := builds.Remove(build.Path)
		if err == nil {
			c.log.Info().Str("folder", build.Path).Msg("removed an installation of Python that an earlier process did not finish")
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// discard takes the installation with this name out of the cache. The caller
// holds the lock of installs.
func (c cache) discard(name string) error {
	err := installations.Check(c.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: an installation of Python cannot be put there: %w; move it away, or name another folder with --cache-dir", ErrCache, err)
	}
	away, err := builds.Make(c.dir, buildPrefix)
	if err != nil {
		return err
	}
	// Out of the way at once: half of an installation must not be found under
	// its name, however this process ends.
	err = os.Rename(c.path(name), filepath.Join(away, "old"))
	if errors.Is(err, syscall.EXDEV) { // an image's layer below a container's
		err = installations.Remove(c.path(name))
	}
	return errors.Join(err, builds.Remove(away))
}

// removeUnused removes installations other than keep that nobody uses and
// nobody has used since keepUnused. It does nothing if another process installs.
func (c cache) removeUnused(keep string) error {
	old := c.unused(keep)
	if len(old) == 0 {
		return nil
	}
	lock := cachedir.NewLock(c.path(installLock))
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
	var old []string
	for _, i := range installations.List(c.dir) {
		used, known := cachedir.UnusedSince(i.Path)
		if key := filepath.Base(i.Path); key != keep && known && time.Since(used) > keepUnused {
			old = append(old, key)
		}
	}
	return old
}

func (c cache) removeIfFree(key string) error {
	lock := cachedir.NewUse(c.path(key))
	if free, err := lock.TryLock(); err != nil || !free {
		return err
	}
	defer lock.Close()
	err := c.discard(key)
	if err == nil {
		c.log.Info().Str("folder", c.path(key)).Msg("removed an installation of Python that was unused for a week")
	}
	return err
}

// downloads returns the folder for what pip downloads, which outlives a build
// that fails, so that the next one need not begin again. Where something else
// is in its place it is in the folder scratch, and ends with the build.
func (c cache) downloads(scratch string) (string, error) {
	path := c.path(downloadsFolder)
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		err = downloads.Check(path)
	}
	if errors.Is(err, cachedir.ErrNotOurs) {
		return filepath.Join(scratch, downloadsFolder), nil
	}
	if err != nil {
		return "", err
	}
	return path, cachedir.Mark(path)
}

// removeDownloads removes what was downloaded for an installation that is done.
func (c cache) removeDownloads() error {
	err := downloads.Remove(c.path(downloadsFolder))
	if errors.Is(err, cachedir.ErrNotOurs) {
		return nil
	}
	return err
}
