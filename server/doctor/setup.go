package server

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// setup prepares all that a session needs and says what is where.
func (p program) setup(ctx context.Context) (err error) {
	begin := time.Now()
	pool, err := p.open(p.cfg.Pool, p.log, p.progress())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()
	if err := pool.Prepare(ctx); err != nil {
		return err
	}
	found, err := inspect(ctx, pool)
	if err != nil {
		return err
	}
	if p.cfg.Azure.Set() {
		_, err = fmt.Fprintf(p.std.Out, "Nothing to prepare: code runs in the pool on Python %s, which answered after %.1f s.\npackages      %s\n",
			found.Python, time.Since(begin).Seconds(), found.list())
		return err
	}
	dir, err := cacheDir(p.cfg.Pool)
	if err != nil {
		return err
	}
	interpreter := "built in, unpacked below the cache folder"
	if p.cfg.Pool.Python != "" {
		interpreter = p.cfg.Pool.Python
	}
	_, err = fmt.Fprintf(p.std.Out, "Ready after %.1f s.\n\ncache folder  %s (%d MB)\ninterpreter   Python %s, %s\npackages      %s\nisolation     %s\n",
		time.Since(begin).Seconds(), describeCache(dir, p.cfg.Pool.CacheDir), sizeOf(dir)/1e6, found.Python, interpreter, found.list(), p.cfg.Pool.Isolation)
	return err
}
