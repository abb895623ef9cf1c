package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

const (
	// readyAge is for how long the answer of one probe is good.
	readyAge = 5 * time.Second
	// probeTime bounds a probe, with the token that it may have to wait for.
	probeTime = 20 * time.Second
)

// A readiness is what the last probe found.
type readiness struct {
	mu      sync.Mutex
	running chan struct{} // closed when the probe that runs has ended; nil if none does
	at      time.Time     // of the end of the last one
	err     error
}

// Prepare reports whether the pool is usable: whether there is a token, and the
// endpoint accepts it. It asks for a session that does not exist, so that nothing
// is allocated, at most once every few seconds. If ctx ends before the service
// answers, the error wraps that of ctx; the probe continues, and a later call
// returns its result.
func (p *Pool) Prepare(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ended, err := p.probe()
	if err != nil {
		return err
	}
	select {
	case <-ended:
	case <-ctx.Done():
		return fmt.Errorf("%s has not answered yet: %w", p.opts.Endpoint.host, ctx.Err())
	}
	p.ready.mu.Lock()
	defer p.ready.mu.Unlock()
	return p.ready.err
}

// probe begins a probe, unless one runs or has just ended, and returns what is
// closed at its end.
func (p *Pool) probe() (ended <-chan struct{}, err error) {
	done, err := p.enter(context.Background())
	if err != nil {
		return nil, err
	}
	r := &p.ready
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.running != nil:
		done()
		return r.running, nil
	case !r.at.IsZero() && time.Since(r.at) < readyAge:
		done()
		known := make(chan struct{})
		close(known)
		return known, nil
	}
	running := make(chan struct{})
	r.running = running
	go func() { // Close waits for it, by way of done
		defer done()
		err := p.ask()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.err, r.at, r.running = err, time.Now(), nil
		close(running)
	}()
	return running, nil
}

// ask asks the service once. That it knows of no such session, or of no such
// question, is an answer too; that it is in trouble or refuses the token is not.
func (p *Pool) ask() error {
	ctx, cancel := context.WithTimeout(p.closing, probeTime)
	defer cancel()
	c := p.newCall("ask whether sessions can be had", http.MethodGet, "/session", sessions.NewID())
	c.version, c.names, c.once = p.sessionVersion(), true, true
	_, err := p.exchange(ctx, c, nil)
	switch refused, ok := errors.AsType[*serviceError](err); {
	case err == nil:
		return nil
	case p.closing.Err() != nil:
		return sessions.ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %s did not answer within %v", sessions.ErrUnavailable, p.opts.Endpoint.host, probeTime)
	case errors.Is(err, sessions.ErrUnauthorized), errors.Is(err, sessions.ErrForbidden):
		return err
	case ok && refused.Status >= http.StatusBadRequest && refused.Status < http.StatusInternalServerError:
		return nil
	}
	return err
}
