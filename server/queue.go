package server

import (
	"context"
	"slices"
	"sync"

	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/sessions"
)

// arrivals is a pool of which one conversation uses one session. It starts
// executions in the order in which their requests were read, which the requests
// alone, each on a goroutine of its own, would not: code that was sent first
// runs first, also when a client or a shell pipe does not wait for answers.
type arrivals struct {
	sessions.Pool

	mu    sync.Mutex
	queue []*arrival // not ended yet, in order
}

// arrival is a request that may execute code.
type arrival struct {
	turn chan struct{} // closed when all earlier ones have ended
}

type arrivalKey struct{}

func newArrivals(pool sessions.Pool) *arrivals { return &arrivals{Pool: pool} }

// admit is a [stdio.Options] Admit.
func (a *arrivals) admit(ctx context.Context, call stdio.Call) (context.Context, func()) {
	if call.Tool != "run_python" {
		return ctx, func() {}
	}
	r := &arrival{turn: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue = append(a.queue, r)
	a.callFirst()
	return context.WithValue(ctx, arrivalKey{}, r), func() { a.leave(r) }
}

func (a *arrivals) leave(r *arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.queue, r); i >= 0 {
		a.queue = slices.Delete(a.queue, i, i+1)
	}
	a.callFirst()
}

// callFirst tells the first in the queue that it is its turn. The caller holds
// the lock.
func (a *arrivals) callFirst() {
	if len(a.queue) == 0 {
		return
	}
	select {
	case <-a.queue[0].turn: // it knows
	default:
		close(a.queue[0].turn)
	}
}

// Execute waits for its turn and runs the code.
func (a *arrivals) Execute(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	if r, ok := ctx.Value(arrivalKey{}).(*arrival); ok {
		if err := r.wait(ctx, req.Events); err != nil {
			return nil, err
		}
	}
	return a.Pool.Execute(ctx, id, req)
}

func (r *arrival) wait(ctx context.Context, events func(sessions.Event)) error {
	select {
	case <-r.turn:
		return nil
	default:
	}
	if events != nil {
		events(sessions.Event{Kind: sessions.EventStage, Text: "waiting for earlier code of this conversation"})
	}
	select {
	case <-r.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
