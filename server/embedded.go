package server

import (
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/local"
)

// openEmbedded opens the embedded pool. It returns at once: what the pool needs
// is prepared in the background.
func openEmbedded(c config.Pool, log zerolog.Logger, progress func(stage string)) (Pool, error) {
	return local.New(local.Options{
		CacheDir:    c.CacheDir,
		Python:      c.Python,
		Isolation:   local.Isolation(c.Isolation),
		Memory:      int64(c.Memory),
		Disk:        int64(c.Disk),
		MaxUpload:   int64(c.MaxUpload),
		MaxOutput:   int64(c.MaxOutput),
		Processes:   c.Processes,
		MaxSessions: c.MaxSessions,
		Timeout:     time.Duration(c.Timeout),
		Cooldown:    time.Duration(c.Cooldown),
		OnIdle:      local.OnIdle(c.OnIdle),
		SleepAge:    time.Duration(c.SleepAge),
		SleepDisk:   int64(c.SleepDisk),
		Logger:      log,
		Progress:    progress,
	})
}
