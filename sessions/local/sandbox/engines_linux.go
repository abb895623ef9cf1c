package sandbox

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// Builds of the runtime are kept in the cache, each with a lock beside it that
// is held by the runtimes that use it, and whose time is that of the last use.
const (
	enginePrefix = "engine-"
	engineFile   = "runsc"
	engineLock   = "lock" // of who builds it

	// engineAge is how long a build that nobody uses is kept. Each change of
	// this package's sources has a build of its own, of some 30 MB.
	engineAge = 7 * 24 * time.Hour

	// useEnginePoll is how often a lock that another process holds is tried.
	useEnginePoll = 20 * time.Millisecond
)

var engineKind = cachedir.Kind{
	Form:  regexp.MustCompile(`^engine-[0-9a-f]{12}$`),
	Proof: []string{engineFile, engineLock},
}

// useEngine keeps other processes from removing a build, which need not be there
// yet, until the lock is closed.
func useEngine(ctx context.Context, dir string) (io.Closer, error) {
	lock := cachedir.NewUse(dir)
	if _, err := lock.TryRLockContext(ctx, useEnginePoll); err != nil {
		return nil, fmt.Errorf("keeping the sandbox's runtime: %w", err)
	}
	_ = cachedir.Touch(lock)
	return lock, nil
}

// checkEngineFolder refuses to run a build from where no program may be run, and
// one that is a link to somewhere else.
func checkEngineFolder(cache, dir string) error {
	if err := cachedir.CheckPrograms(cache); err != nil {
		return err
	}
	return cachedir.CheckLink(dir)
}

// PruneEngines removes the builds of the runtime in the folder cache that nobody
// uses and nobody has used for a week. removed is told the folder of each.
func PruneEngines(cache string, removed func(dir string)) {
	for _, engine := range engineKind.List(cache) {
		lock := cachedir.NewUse(engine.Path)
		used, known := cachedir.UnusedSince(engine.Path)
		if free, err := lock.TryLock(); err != nil || !free {
			continue
		}
		switch {
		case !known: // of a version that did not take it down: the week begins now
			_ = cachedir.Touch(lock)
		case time.Since(used) > engineAge:
			if engineKind.Remove(engine.Path) == nil {
				removed(filepath.Base(engine.Path))
			}
		}
		lock.Close()
	}
}
