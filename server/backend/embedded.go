package backend

import (
	"time"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/local"
)

func openEmbedded(o Options) (Pool, error) { return local.New(localOptions(o)) }

// localOptions translates the settings for the embedded pool.
func localOptions(o Options) local.Options {
	c := o.Config.Pool
	return local.Options{
		Named:        o.Keep,
		CacheDir:     c.CacheDir,
		SystemDir:    c.SystemDir,
		BaseSystem:   c.BaseSystem,
		Packages:     o.Config.Setup.From,
		Requirements: c.Packages,
		Python:       c.Python,
		Isolation:    c.Isolation,
		Memory:       int64(c.Memory),
		TotalMemory:  int64(c.TotalMemory),
		Disk:         int64(c.Disk),
		MaxUpload:    int64(c.MaxUpload),
		MaxOutput:    int64(c.MaxOutput),
		ImagePixels:  c.ImagePixels,
		Processes:    c.Processes,
		MaxSessions:  c.MaxSessions,
		Warm:         warm(c.Warm),
		MaxRun:       time.Duration(c.MaxRun),
		Cooldown:     time.Duration(c.Cooldown),
		OnIdle:       c.OnIdle,
		Rollback:     c.Rollback == config.On,
		SleepAge:     time.Duration(c.SleepAge),
		SleepDisk:    int64(c.SleepDisk),
		Logger:       o.Logger,
		Progress:     o.Progress,

		Folders:       o.Config.UserFolders(),
		FoldersHidden: o.Config.Tools.AllowHidden,

		Egress:  o.Config.EgressRules(),
		Secrets: o.Config.Secrets,
		Index:   o.Config.Index,
		IndexCA: o.Config.IndexCA,
	}
}

// warm returns a number of spares as the pool takes it, for which 0 means the
// default and a negative number none.
func warm(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
