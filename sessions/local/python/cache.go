package python

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const (
	installationPrefix = "python-"
	buildPrefix        = "install-"
	installLock        = "install.lock"
	downloadsFolder    = "downloads"

	// keepUnused is how long an installation of another version stays after its
	// last use, so that two versions of the program that are used in turn do not
	// remove each other's installation.
	keepUnused = 7 * 24 * time.Hour
)

// What this package creates in the cache folder. Earlier versions marked neither
// builds nor downloads, which are recognized by what only they contain.
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
type cache struct{ cachestore.Store }

// openCache opens the program's folder in dir, or in the default one if dir is "".
func openCache(dir string, log zerolog.Logger) (*cache, error) {
	dir, err := cachedir.Open(dir)
	if err != nil {
		return nil, err
	}
	return &cache{cachestore.Store{
		Dir:         dir,
		Items:       installations,
		Builds:      builds,
		BuildPrefix: buildPrefix,
		Lock:        installLock,
		Check:       checkMarker,
		Noun:        "an installation of Python",
		Logger:      log,
	}}, nil
}

func cacheError(err error) error {
	if errors.Is(err, cachedir.ErrUnusable) {
		return err
	}
	return fmt.Errorf("%w: %w; make it writable or name another with --cache-dir", cachedir.ErrUnusable, err)
}

// downloads returns the folder for the downloads of pip. It outlives a build that
// fails, so that the next build continues with it. If something else is in its place,
// downloads returns a folder in scratch, which is removed with the build.
func (c *cache) downloads(scratch string) (string, error) {
	path := c.Path(downloadsFolder)
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

// removeDownloads removes the downloads of an installation that is finished.
func (c *cache) removeDownloads() error {
	err := downloads.Remove(c.Path(downloadsFolder))
	if errors.Is(err, cachedir.ErrNotOurs) {
		return nil
	}
	return err
}
