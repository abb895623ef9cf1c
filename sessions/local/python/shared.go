package python

import (
	"errors"
	"io/fs"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// findShared returns the installation named key for all users, if there is one that is
// whole. The logger is told why one that is there is not used.
func findShared(opts Options, key string) (tree string, ok bool) {
	dir, err := cachedir.Shared(opts.SystemDir)
	if err == nil {
		tree = filepath.Join(dir, key)
		err = checkMarker(tree, key)
	}
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || opts.SystemDir != "" && opts.SystemDir != cachedir.NoShared) {
		opts.Logger.Warn().Err(err).Str("folder", opts.SystemDir).Msg("the folder of --system-dir has no installation of Python for this program; the cache folder is used")
	}
	return tree, err == nil
}

// Find returns the folder of the installation that sessions use: of that for all
// users in systemDir, see [cachedir.Shared], or else of that in the cache folder. It
// changes nothing. The error says what to do if there is none that is whole.
func Find(cacheDir, systemDir string) (string, error) {
	return findInstalled(cacheDir, systemDir, standard().key())
}

func findInstalled(cacheDir, systemDir, key string) (string, error) {
	if tree, ok := findShared(Options{SystemDir: systemDir}, key); ok {
		return tree, nil
	}
	dir, err := cachedir.Locate(cacheDir)
	if err != nil {
		return "", err
	}
	tree := filepath.Join(dir, key)
	if err := checkMarker(tree, key); err != nil {
		return "", notInstalledIn(dir)
	}
	return tree, nil
}
