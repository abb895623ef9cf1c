package azure

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

const maxPollDelay = 2 * time.Second

// poll asks for an execution until it has ended.
func (p *Pool) poll(ctx context.Context, started *call, header http.Header, a answer) (*sessions.Execution, error) {
	execution := a.ID
	if execution == "" {
		execution = header.Get(wire.HeaderOperationID)
	}
	if execution == "" {
		return nil, p.errAfterSend(started, "the pool started the code but did not say how to poll for its result", nil)
	}
	limit := started.limits.total
	stillRunning := p.errAfterSend(started, "the code was still running after "+limit.String(), errSilence)
	answered := false
	deadline := time.NewTimer(time.Until(started.limits.end))
	defer deadline.Stop()
	first := header
	for delay := p.opts.PollDelay; a.pending(); delay = min(2*delay, maxPollDelay) {
		next := time.NewTimer(max(delay, min(retryAfter(header), p.opts.MaxRetryDelay)))
		select {
		case <-next.C:
		case <-deadline.C:
			next.Stop()
			return nil, stillRunning
		case <-ctx.Done():
			next.Stop()
			return nil, ctx.Err()
		case <-p.closing.Done():
			next.Stop()
			return nil, sessions.ErrClosed
		}
		c := p.newCall("ask for a run", http.MethodGet, "/executions/"+escape(execution), started.id)
		c.version, c.names, c.header = started.version, true, started.header
		c.limits.total, c.limits.end, c.limits.latest = limit, started.limits.end, started.limits.end
		a = answer{}
		var err error
		header, err = p.exchange(ctx, c, &a)
		if answered && errors.Is(err, errSilence) && !time.Now().Before(started.limits.end) {
			return nil, stillRunning // as the pool said last
		}
		if err != nil {
			return nil, p.errPolling(ctx, started, err)
		}
		answered = true
	}
	for _, name := range []string{wire.HeaderSessionGUID, wire.HeaderNewAllocation} {
		if value := first.Get(name); value != "" && (header.Get(name) == "" || name == wire.HeaderNewAllocation) {
			header.Set(name, value) // the start made the session, if either did
		}
	}
	return p.outcome(ctx, started, header, a, nil)
}

// errPolling is the error of a run that can no longer be polled.
func (p *Pool) errPolling(ctx context.Context, started *call, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, sessions.ErrClosed):
		return sessions.ErrClosed
	case errors.Is(err, fs.ErrNotExist):
		return p.errAfterSend(started, "the pool no longer knows the run that it started", nil)
	}
	message := "the run was started, but polling for its result failed"
	if e, ok := errors.AsType[*serviceError](err); ok && e.Message != "" {
		message += ": " + e.Message
	}
	return p.errAfterSend(started, message, nil)
}
