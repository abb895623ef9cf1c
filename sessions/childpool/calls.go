package childpool

import (
	"context"
	"io"

	"dynamic-sessions-mcp/sessions"
)

// call makes one call when the child is ready.
func call[T any](ctx context.Context, p *Pool, events func(sessions.Event), do func(*life) (T, error)) (T, error) {
	l, err := p.await(ctx, events)
	if err != nil {
		var none T
		return none, err
	}
	v, err := do(l)
	return v, p.explain(ctx, l, err)
}

// checked is call for a session whose ID the child need not be started to refuse.
func checked[T any](ctx context.Context, p *Pool, id sessions.ID, do func(*life) (T, error)) (T, error) {
	if _, err := sessions.ParseID(string(id)); err != nil {
		var none T
		return none, err
	}
	return call(ctx, p, nil, do)
}

// Execute implements [sessions.Pool]. Events tell what the call waits for, and output as
// package azure does.
func (p *Pool) Execute(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	if _, err := sessions.ParseID(string(id)); err != nil {
		return nil, err
	}
	return call(ctx, p, req.Events, func(l *life) (*sessions.Execution, error) {
		run, err := l.pool.Execute(ctx, id, req)
		if run != nil && l.unseen != nil {
			run.Unseen = l.unseen()
		}
		return run, err
	})
}

// Upload implements [sessions.Pool].
func (p *Pool) Upload(ctx context.Context, id sessions.ID, name string, r io.Reader) (sessions.File, error) {
	return checked(ctx, p, id, func(l *life) (sessions.File, error) { return l.pool.Upload(ctx, id, name, r) })
}

// List implements [sessions.Pool].
func (p *Pool) List(ctx context.Context, id sessions.ID, dir string, recursive bool) (sessions.Listing, error) {
	return checked(ctx, p, id, func(l *life) (sessions.Listing, error) { return l.pool.List(ctx, id, dir, recursive) })
}

// Stat implements [sessions.Pool].
func (p *Pool) Stat(ctx context.Context, id sessions.ID, name string) (sessions.File, error) {
	return checked(ctx, p, id, func(l *life) (sessions.File, error) { return l.pool.Stat(ctx, id, name) })
}

// Download implements [sessions.Pool].
func (p *Pool) Download(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	type opened struct {
		file sessions.File
		body io.ReadCloser
	}
	o, err := checked(ctx, p, id, func(l *life) (opened, error) {
		file, body, err := l.pool.Download(ctx, id, name)
		return opened{file, body}, err
	})
	return o.file, o.body, err
}

// Delete implements [sessions.Pool].
func (p *Pool) Delete(ctx context.Context, id sessions.ID, name string) error {
	_, err := checked(ctx, p, id, func(l *life) (struct{}, error) { return struct{}{}, l.pool.Delete(ctx, id, name) })
	return err
}

// Stop implements [sessions.Pool].
func (p *Pool) Stop(ctx context.Context, id sessions.ID) error {
	_, err := checked(ctx, p, id, func(l *life) (struct{}, error) { return struct{}{}, l.pool.Stop(ctx, id) })
	return err
}

// Describe implements [sessions.Pool].
func (p *Pool) Describe(ctx context.Context, id sessions.ID) (sessions.Session, error) {
	return checked(ctx, p, id, func(l *life) (sessions.Session, error) { return l.pool.Describe(ctx, id) })
}
