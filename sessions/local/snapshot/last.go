package snapshot

import (
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// Saved describes a snapshot in a cache folder.
type Saved struct {
	Dir        string
	Made, Used time.Time // when it was made and, by a server's start, last used
}

// Last returns the snapshot in a cache folder that was used last: the one that
// fits, if a pool has just used one. The error wraps [os.ErrNotExist] if there is
// none.
func Last(cacheDir string) (last Saved, err error) {
	cache := snapshotsIn(cacheDir, zerolog.Nop())
	if _, err := os.ReadDir(cache.Dir); err != nil {
		return last, err
	}
	for _, found := range cache.List() {
		sums, err := os.Stat(filepath.Join(found.Dir, cachestore.SumsFile))
		if err != nil {
			continue // one that is half removed
		}
		if found.Used.After(last.Used) {
			last = Saved{Dir: found.Dir, Made: sums.ModTime(), Used: found.Used}
		}
	}
	if last.Dir == "" {
		return last, os.ErrNotExist
	}
	return last, nil
}
