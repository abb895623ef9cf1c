package server

import (
	"context"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// A waits is a pool that tells how long executions took beyond the run itself:
// for a session to start or to wake, for their turn in it, and on the way to a
// pool elsewhere.
type waits struct {
	sessions.Pool
	observe func(time.Duration)
}

// Execute implements [sessions.Pool].
func (w waits) Execute(ctx context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
	began := time.Now()
	done, err := w.Pool.Execute(ctx, id, r)
	if err == nil {
		w.observe(max(0, time.Since(began)-done.Duration))
	}
	return done, err
}
