package server

import (
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// An opener opens a pool.
type opener func(c config.Pool, log zerolog.Logger, progress func(stage string)) (Pool, error)

// openEmbedded opens the embedded pool, which keeps no session. It returns at
// once: what the pool needs is prepared in the background.
func openEmbedded(c config.Pool, log zerolog.Logger, progress func(stage string)) (Pool, error) {
	return openKeeping("")(c, log, progress)
}

// openKeeping returns what opens the embedded pool such that the session of an
// ID outlives it.
func openKeeping(keep sessions.ID) opener {
	return func(c config.Pool, log zerolog.Logger, progress func(stage string)) (Pool, error) {
		return local.New(options(c, keep, log, progress))
	}
}

func options(c config.Pool, keep sessions.ID, log zerolog.Logger, progress func(stage string)) local.Options {
	return local.Options{
		Named:       keep,
		CacheDir:    c.CacheDir,
		Python:      c.Python,
		Isolation:   local.Isolation(c.Isolation),
		Memory:      int64(c.Memory),
		TotalMemory: int64(c.TotalMemory),
		Disk:        int64(c.Disk),
		MaxUpload:   int64(c.MaxUpload),
		MaxOutput:   int64(c.MaxOutput),
		Processes:   c.Processes,
		MaxSessions: c.MaxSessions,
		Warm:        warm(c.Warm),
		Timeout:     time.Duration(c.Timeout),
		Cooldown:    time.Duration(c.Cooldown),
		OnIdle:      local.OnIdle(c.OnIdle),
		SleepAge:    time.Duration(c.SleepAge),
		SleepDisk:   int64(c.SleepDisk),
		Logger:      log,
		Progress:    progress,
	}
}

// warm returns a number of spares as the pool takes it, for which 0 means the
// default.
func warm(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
