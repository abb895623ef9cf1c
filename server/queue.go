package server

import (
	"context"
	"slices"
	"sync"

	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/sessions"
)

// An executionQueue has executions of one conversation start in the order in which
// their requests were read. The requests alone, each on a goroutine of its own, would
// not guarantee that: code that was sent first must run first even if a client or a
// shell pipe does not wait for answers.
type executionQueue struct {
	mu     sync.Mutex
	queued []*execution // not finished yet, in order
}

// An execution is a request that may execute code.
type execution struct {
	turn    chan struct{} // closed when all earlier ones have finished
	carried bool          // it outlives its request; guarded by the queue's lock
}

type executionKey struct{}

// admit enqueues a request that was read; it is for the field Admit of
// [stdio.Options].
func (q *executionQueue) admit(ctx context.Context, call stdio.Call) (context.Context, func()) {
	if call.Tool != "run_python" {
		return ctx, func() {}
	}
	r := &execution{turn: make(chan struct{})}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queued = append(q.queued, r)
	q.callFirst()
	return context.WithValue(ctx, executionKey{}, r), func() { q.answered(r) }
}

// carry keeps an execution in the queue, whose request is answered before its end, until
// next is called; it is for the field Follow of [tasks.Options].
func (q *executionQueue) carry(ctx context.Context) (next func()) {
	r, ok := ctx.Value(executionKey{}).(*execution)
	if !ok {
		return func() {}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	r.carried = true
	return func() { q.leave(r) }
}

// answered removes an execution from the queue unless it is carried.
func (q *executionQueue) answered(r *execution) {
	q.mu.Lock()
	carried := r.carried
	q.mu.Unlock()
	if !carried {
		q.leave(r)
	}
}

func (q *executionQueue) leave(r *execution) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.queued, r); i >= 0 {
		q.queued = slices.Delete(q.queued, i, i+1)
	}
	q.callFirst()
}

// callFirst tells the first in the queue that it is its turn. The caller holds the
// lock.
func (q *executionQueue) callFirst() {
	if len(q.queued) == 0 {
		return
	}
	select {
	case <-q.queued[0].turn: // it knows
	default:
		close(q.queued[0].turn)
	}
}

// await waits for the turn of the request that ctx is of; it is for the field Turn of
// [tools.Options].
func (q *executionQueue) await(ctx context.Context, events func(sessions.Event)) error {
	if r, ok := ctx.Value(executionKey{}).(*execution); ok {
		return r.wait(ctx, events)
	}
	return nil
}

func (r *execution) wait(ctx context.Context, events func(sessions.Event)) error {
	select {
	case <-r.turn:
		return nil
	default:
	}
	if events != nil {
		events(sessions.Event{Kind: sessions.EventWaiting, Text: "waiting for earlier code of this conversation"})
	}
	select {
	case <-r.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
