package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// sessionsPage is how many sessions one answer lists.
const sessionsPage = 300

// getSession serves GET /session.
func (c *call) getSession() error {
	s, err := c.pool.Describe(c.r.Context(), c.id)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, describe(s))
}

func describe(s sessions.Session) wire.Session {
	return wire.Session{Identifier: string(s.ID), CreatedAt: wire.Time{Time: s.Created},
		LastAccessedAt: wire.Time{Time: s.LastUsed}, ExpireAt: wire.Time{Time: s.Expires}, ETag: guidOf(s.Incarnation)}
}

// deleteSession serves DELETE /session.
func (c *call) deleteSession() error {
	if err := c.pool.Stop(c.r.Context(), c.id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// listSessions serves GET /listSessions.
func (c *call) listSessions() error {
	page, next, err := c.sessionsPage()
	if err != nil {
		return err
	}
	list := wire.Sessions{Sessions: []wire.Session{}, NextLink: next}
	for _, s := range page {
		list.Sessions = append(list.Sessions, describe(s))
	}
	return c.answer(http.StatusOK, list)
}

// sessionsPage returns one page of sessions, beginning at skip, and the link to
// the next page.
func (c *call) sessionsPage() (page []sessions.Session, next *string, err error) {
	pool, ok := c.pool.(lister)
	if !ok {
		return nil, nil, refuse(wire.CodeNotSupported, "", "this pool cannot list its sessions")
	}
	all, err := pool.Sessions(c.r.Context())
	if err != nil {
		return nil, nil, err
	}
	all = all[min(c.query.skip, len(all)):]
	if len(all) <= sessionsPage {
		return all, nil, nil
	}
	values := url.Values{wire.ParamSkip: {strconv.Itoa(c.query.skip + sessionsPage)}}
	if c.query.version != "" {
		values.Set(wire.ParamVersion, c.query.version)
	}
	link := c.address() + c.r.URL.EscapedPath() + "?" + values.Encode()
	return all[:sessionsPage], &link, nil
}

// address returns the scheme and host that the caller used.
func (c *call) address() string {
	if c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}

// manageStop serves POST /.management/stopSession.
func (c *call) manageStop() error {
	if _, err := c.pool.Describe(c.r.Context(), c.id); err != nil {
		return err
	}
	if err := c.pool.Stop(c.r.Context(), c.id); err != nil {
		return err
	}
	return c.answer(http.StatusOK, fmt.Sprintf("Session %s stopped.", string(c.id)))
}

// manageRestart serves POST /.management/restartSession, which Azure does not have. The
// answer is that of POST /executions.
func (c *call) manageRestart() error {
	run := timedRun{begin: c.begin, asked: time.Now()}
	x, err := c.pool.Execute(c.r.Context(), c.id, sessions.Request{Restart: true})
	if err != nil {
		return err
	}
	run.Execution, run.answered = x, time.Now()
	p := program{maxOutput: -1, executionType: wire.Synchronous}
	var s splice
	return c.answerRun(run, &s, flatExecution(newGUID(), c.id, p, x, c.details(x), &s))
}

// manageGet serves POST /.management/getSession.
func (c *call) manageGet() error {
	s, err := c.pool.Describe(c.r.Context(), c.id)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, managed(s))
}

func managed(s sessions.Session) wire.ManagedSession {
	return wire.ManagedSession{Identifier: string(s.ID), ETag: guidOf(s.Incarnation), CreatedAt: wire.Time{Time: s.Created},
		LastAccessedAt: wire.Time{Time: s.LastUsed}, ExpiresAt: wire.Time{Time: s.Expires}}
}

// manageList serves POST /.management/listSessions.
func (c *call) manageList() error {
	page, next, err := c.sessionsPage()
	if err != nil {
		return err
	}
	list := wire.ManagedSessions{Value: []wire.ManagedSession{}, Count: len(page), NextLink: next}
	for _, s := range page {
		list.Value = append(list.Value, managed(s))
	}
	return c.answer(http.StatusOK, list)
}

// metadata serves GET /metadata.
func (c *call) metadata() error {
	if c.opts.Metadata == nil {
		return refuse(wire.CodeNotSupported, "", "this pool does not describe its sessions")
	}
	return c.answer(http.StatusOK, c.opts.Metadata())
}

// health serves GET /health.
func (c *call) health() error {
	return c.answer(http.StatusOK, map[string]string{"message": "healthy"})
}
