package sandbox

import (
	"context"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const (
	enginePrefix = "engine-"
	engineFile   = "runsc"

	// maxEngines and engineAge are how many builds of the runtime are kept, and
	// for how long if nobody uses them. Each change of this package's sources has
	// a build of its own, of some 30 MB.
	maxEngines = 3
	engineAge  = 7 * 24 * time.Hour
)

// engineStore has the builds of the runtime in the program's cache folder. Those
// of earlier versions have a file "lock" and no checksums: they are not used and
// are removed.
func engineStore(cache string) *cachestore.Store {
	return &cachestore.Store{
		Dir:         cache,
		Items:       cachedir.Kind{Form: regexp.MustCompile(`^engine-[0-9a-f]{12}$`), Proof: []string{cachestore.SumsFile, engineFile, "lock"}},
		Builds:      cachedir.Kind{Form: regexp.MustCompile(`^engine-new-[0-9]+$`), Proof: []string{cachedir.Marker}},
		BuildPrefix: enginePrefix + "new-",
		Lock:        "engine.lock",
		Noun:        "a build of the sandbox's runtime",
	}
}

// useEngine keeps other processes from removing the build of the runtime that the
// binary engine is in.
func useEngine(engine string) (*cachestore.Item, error) {
	dir := filepath.Dir(engine)
	return engineStore(filepath.Dir(dir)).Use(context.Background(), filepath.Base(dir))
}

// PruneEngines removes builds of the runtime in the folder cache that nobody uses:
// those that nobody has used for a week, and all but the last few. The logger is
// told of each.
func PruneEngines(cache string, log zerolog.Logger) {
	engines := engineStore(cache)
	engines.Logger = log
	engines.Prune("", maxEngines, engineAge)
}
