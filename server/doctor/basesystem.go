package doctor

import (
	"context"
	"fmt"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/local/basesystem"
)

// baseSystemOf says where the base system of a configuration is.
func (o Options) baseSystemOf(p config.Pool) basesystem.Options {
	return basesystem.Options{CacheDir: p.CacheDir, SystemDir: p.SystemDir, File: p.BaseSystem, Progress: o.Progress, Logger: o.Logger}
}

// installBaseSystem installs the base system that setup was given, or, for all users, that
// beside the program. Which one is used follows from that.
func (o *Options) installBaseSystem(ctx context.Context) error {
	pool := &o.Config.Pool
	if o.Config.Azure.Set() || o.Config.Contained() || pool.BaseSystem == "" && !o.Config.Setup.Shared {
		return nil
	}
	return basesystem.Install(ctx, o.baseSystemOf(*pool))
}

// loader returns what the interpreter is started with where it is only installed.
func (o Options) loader(ctx context.Context) (loader []string, err error) {
	system, err := basesystem.Use(ctx, o.baseSystemOf(o.Config.Pool))
	if err != nil {
		return nil, err
	}
	if system == nil {
		return nil, basesystem.CheckHost(false)
	}
	if loader, err = system.LoaderOnHost(); err != nil {
		return nil, err
	}
	return loader, system.Close()
}

// baseSystem says what sandboxes are made of, or what is missing.
func (o Options) baseSystem(ctx context.Context) (string, error) {
	pool := o.Config.Pool
	switch {
	case pool.Python != "":
		return "this system, with the interpreter of --python", nil
	case !pool.Isolation.Sandboxed():
		return "this system", basesystem.CheckHost(false)
	}
	system, err := basesystem.Use(ctx, o.baseSystemOf(pool))
	if err != nil {
		return "", err
	}
	if system == nil {
		return "this system", basesystem.CheckHost(true)
	}
	return fmt.Sprintf("sandboxes see %s, and nothing of this system", system.Folder()), system.Close()
}
