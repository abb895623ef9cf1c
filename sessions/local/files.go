package local

import (
	"context"
	"fmt"
	"io"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/datadir"
)

// withFiles finds the folder of a session for an operation on it. It does not wake
// a session that sleeps.
func (p *Pool) withFiles(ctx context.Context, id sessions.ID, do func(*datadir.Dir) error) error {
	s, release, err := p.acquire(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	err = do(s.instance.files)
	switch {
	case err == nil || s.ctx.Err() == nil:
		return err
	case p.ctx.Err() != nil:
		return sessions.ErrClosed
	}
	return fmt.Errorf("%w: it was stopped", sessions.ErrNoSession)
}

// Stat implements [sessions.Pool].
func (p *Pool) Stat(ctx context.Context, id sessions.ID, name string) (f sessions.File, err error) {
	if name, err = sessions.CleanName(name); err != nil {
		return f, err
	}
	err = p.withFiles(ctx, id, func(d *datadir.Dir) error {
		f, err = d.Stat(ctx, name)
		return err
	})
	return f, err
}

// List implements [sessions.Pool].
func (p *Pool) List(ctx context.Context, id sessions.ID, dir string, recursive bool) (l sessions.Listing, err error) {
	if dir, err = sessions.CleanDir(dir); err != nil {
		return l, err
	}
	err = p.withFiles(ctx, id, func(d *datadir.Dir) error {
		l, err = d.List(ctx, dir, recursive)
		return err
	})
	return l, err
}

// Download implements [sessions.Pool].
func (p *Pool) Download(ctx context.Context, id sessions.ID, name string) (f sessions.File, r io.ReadCloser, err error) {
	if name, err = sessions.CleanName(name); err != nil {
		return f, nil, err
	}
	err = p.withFiles(ctx, id, func(d *datadir.Dir) error {
		f, r, err = d.Open(ctx, name)
		return err
	})
	return f, r, err
}

// Upload implements [sessions.Pool].
func (p *Pool) Upload(ctx context.Context, id sessions.ID, name string, r io.Reader) (f sessions.File, err error) {
	if name, err = sessions.CleanName(name); err != nil {
		return f, err
	}
	err = p.withFiles(ctx, id, func(d *datadir.Dir) error {
		f, err = d.Store(ctx, name, r)
		return err
	})
	return f, err
}

// Delete implements [sessions.Pool].
func (p *Pool) Delete(ctx context.Context, id sessions.ID, name string) (err error) {
	if name, err = sessions.CleanName(name); err != nil {
		return err
	}
	return p.withFiles(ctx, id, func(d *datadir.Dir) error { return d.Remove(ctx, name) })
}
