package backend

import (
	"context"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Measure returns a pool that tells waited how long each successful execution
// took beyond the run itself: for a session to start or to wake, for its turn in
// the session, and on the way to a pool elsewhere. waited may be called
// concurrently.
func Measure(pool sessions.Pool, waited func(time.Duration)) sessions.Pool {
	return measuredPool{pool, waited}
}

type measuredPool struct {
	sessions.Pool
	waited func(time.Duration)
}

// Execute implements [sessions.Pool].
func (p measuredPool) Execute(ctx context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
	began := time.Now()
	done, err := p.Pool.Execute(ctx, id, r)
	if err == nil {
		p.waited(max(0, time.Since(began)-done.Duration))
	}
	return done, err
}
