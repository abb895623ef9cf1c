package azure

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// Describe implements [sessions.Pool]. Whether Azure counts it as a use is not
// known.
func (p *Pool) Describe(ctx context.Context, id sessions.ID) (sessions.Session, error) {
	if err := check(ctx, id); err != nil {
		return sessions.Session{}, err
	}
	c := p.newCall("describe a session", http.MethodGet, "/session", id)
	c.version, c.names = p.sessionVersion(), true
	var s wire.Session
	header, err := p.exchange(ctx, c, &s)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, sessions.ErrNoSession):
		return sessions.Session{}, &Error{Op: c.op, Status: http.StatusNotFound, kind: sessions.ErrNoSession}
	case err != nil:
		return sessions.Session{}, err
	}
	incarnation := printable(header.Get(wire.HeaderSessionGUID), 200)
	if incarnation == "" {
		incarnation = printable(s.ETag, 200)
	}
	return sessions.Session{
		ID: id, Incarnation: incarnation,
		Created: s.CreatedAt.Time, LastUsed: s.LastAccessedAt.Time, Expires: s.ExpireAt.Time,
	}, nil
}

// etag returns the incarnation of a session from its description, "" if the
// service has none.
func (p *Pool) etag(ctx context.Context, id sessions.ID) string {
	if p.noSession.Load() || p.sessionVersion() != p.opts.APIVersion {
		return ""
	}
	s, err := p.Describe(ctx, id)
	if isStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented) {
		p.noSession.Store(true)
	}
	return s.Incarnation
}

// Stop implements [sessions.Pool].
func (p *Pool) Stop(ctx context.Context, id sessions.ID) error {
	if err := check(ctx, id); err != nil {
		return err
	}
	return p.stop(ctx, id)
}

// stop ends a session with the call that the endpoint has for it, first the one
// that it most likely has.
func (p *Pool) stop(ctx context.Context, id sessions.ID) error {
	ways := [...]func() *call{
		func() *call { return p.newCall("stop a session", http.MethodDelete, "/session", id) },
		func() *call { return p.newCall("stop a session", http.MethodPost, "/.management/stopSession", id) },
	}
	if p.opts.Endpoint.custom() {
		ways[0], ways[1] = ways[1], ways[0]
	}
	var err error
	for _, way := range ways {
		c := way()
		c.version, c.names = p.sessionVersion(), true
		_, err = p.exchange(ctx, c, nil)
		if gone := errors.Is(err, sessions.ErrNoSession) || isCode(err, wire.CodeNotFound); err == nil || gone {
			p.uses.forget(id)
			return nil
		}
		if !isStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented) {
			return err
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		p.uses.forget(id)
		return nil
	}
	return err
}
