package azure

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// Describe implements [sessions.Pool]. It is not known whether Azure counts it as
// a use.
func (p *Pool) Describe(ctx context.Context, id sessions.ID) (sessions.Session, error) {
	if err := check(ctx, id); err != nil {
		return sessions.Session{}, err
	}
	c := p.newDescription(id)
	s, about, err := p.describe(ctx, c)
	if err != nil {
		return sessions.Session{}, err
	}
	return sessions.Session{
		ID: id, Incarnation: p.incarnations.observe(id, about),
		Created: s.CreatedAt.Time, LastUsed: s.LastAccessedAt.Time, Expires: s.ExpireAt.Time,
	}, nil
}

// newDescription returns the call that describes a session.
func (p *Pool) newDescription(id sessions.ID) *call {
	c := p.newCall("describe a session", http.MethodGet, "/session", id)
	c.version, c.names = p.sessionVersion(), true
	return c
}

// describe asks for a session, and returns what tells it from others.
func (p *Pool) describe(ctx context.Context, c *call) (s wire.Session, about sign, err error) {
	header, err := p.exchange(ctx, c, &s)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, sessions.ErrNoSession):
		return s, about, &serviceError{Op: c.op, Status: http.StatusNotFound, kind: sessions.ErrNoSession}
	case err != nil:
		return s, about, err
	}
	about = signOf(header)
	about.allocation = "" // it makes no session
	about.etag = printable(s.ETag, 200)
	if now, err := http.ParseTime(header.Get("Date")); err == nil && !s.CreatedAt.IsZero() {
		about.age = max(-s.CreatedAt.Sub(now), 0)
	}
	return s, about, nil
}

// incarnation names the session that gave the answer to the call c. Where the
// answer does not tell it from others, its description may.
func (p *Pool) incarnation(ctx context.Context, c *call, s sign) string {
	if s.guid == "" {
		s = p.look(ctx, c, s)
	}
	return p.incarnations.observe(c.id, s)
}

// look adds to a sign what the description of the session tells, in the time
// that is left to the call c.
func (p *Pool) look(ctx context.Context, c *call, s sign) sign {
	if p.noSession.stands() || p.sessionVersion() != p.opts.APIVersion {
		return s
	}
	d := p.newDescription(c.id)
	d.limits.total, d.limits.end, d.limits.latest = c.limits.total, c.limits.end, c.limits.end
	d.once = true
	_, about, err := p.describe(ctx, d)
	switch {
	case err == nil:
		about.allocation = s.allocation
		return about
	case isStatus(err, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented), isCode(err, wire.CodeNotSupported, wire.CodeValidationFailed):
		p.noSession.note()
	}
	return s
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
			p.forget(id)
			return nil
		}
		if !isStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented) {
			return err
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		p.forget(id)
		return nil
	}
	return err
}

// forget drops what is known of a session that has ended.
func (p *Pool) forget(id sessions.ID) {
	p.activity.forget(id)
	p.incarnations.forget(id)
}
