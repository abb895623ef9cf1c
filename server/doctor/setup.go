package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/python"
)

// Setup prepares everything that a session needs and prints what is where.
func Setup(ctx context.Context, o Options) (err error) {
	begin := time.Now()
	if err := o.prepareFolders(); err != nil {
		return err
	}
	if err := o.installBaseSystem(ctx); err != nil {
		return err
	}
	if o.Config.Setup.Download != "" {
		return o.download(ctx)
	}
	if o.Config.Contained() && (o.Config.Setup.Shared || o.Config.Setup.From != "") {
		return errors.New("setup --shared and --from install on Linux; in the Linux that runs the sandboxes here (--engine) setup installs without them")
	}
	pool, err := o.open()
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, o.close(pool)); err == nil && o.Config.Setup.Shared {
			err = o.share(ctx)
		}
	}()
	if err := pool.Prepare(ctx); err != nil {
		if o.Config.Setup.Shared && o.Config.Pool.Python == "" {
			return o.installOnly(ctx, err)
		}
		return err
	}
	found, err := inspect(ctx, pool)
	if err != nil {
		return err
	}
	if o.Config.Azure.Set() {
		_, err = fmt.Fprintf(o.Out, "Nothing to prepare: code runs in the pool on Python %s, which answered after %.1f s.\npackages      %s\n",
			found.Python, time.Since(begin).Seconds(), found.list())
		return err
	}
	if o.Config.Contained() {
		_, err = fmt.Fprintf(o.Out, "Ready after %.1f s, in a Linux that the server starts (--engine).\n\ninterpreter   Python %s\npackages      %s\n", time.Since(begin).Seconds(), found.Python, found.list())
		return err
	}
	return o.describe(ctx, pool, found, time.Since(begin))
}

// describe prints what is where.
func (o Options) describe(ctx context.Context, pool backend.Pool, found inspected, took time.Duration) error {
	dir, err := cachedir.Locate(o.Config.Pool.CacheDir)
	if err != nil {
		return err
	}
	interpreter := o.Config.Pool.Python
	if interpreter == "" {
		interpreter = "built in"
		if tree, err := python.Find(o.Config.Pool.CacheDir, o.Config.Pool.SystemDir); err == nil {
			interpreter += ", unpacked in " + tree
		}
	}
	system, err := o.baseSystem(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "Ready after %.1f s.\n\ncache folder  %s (%d MB)\ninterpreter   Python %s, %s\npackages      %s\nisolation     %s\nbase system   %s\n",
		took.Seconds(), describeCache(dir, o.Config.Pool.CacheDir), sizeOf(dir)/1e6, found.Python, interpreter, found.list(), o.isolationOf(pool), system)
	return err
}

// isolationOf says what keeps sessions of a pool from the machine, or at least what was
// asked for.
func (o Options) isolationOf(pool backend.Pool) string {
	if p, ok := pool.(interface{ Isolation() string }); ok && p.Isolation() != "" {
		return p.Isolation()
	}
	return string(o.Config.Pool.Isolation)
}
