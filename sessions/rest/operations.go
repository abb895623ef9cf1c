package rest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Bounds of what is kept of asynchronous executions.
const (
	maxOperations     = 1000
	maxOperationBytes = 32 << 20
	operationAge      = time.Hour
)

// operations are the running asynchronous executions, and the answers of ended
// ones. The methods may be called concurrently.
type operations struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	byKey  map[operationKey]*operation
	ended  []*operation // in the order in which they ended
	bytes  int
}

// An operationKey binds an operation to the identifier that started it.
type operationKey struct {
	session sessions.ID
	id      string
}

type operation struct {
	key    operationKey
	answer outcome
	at     time.Time // of the end
}

// An outcome is what the API answers about an operation.
type outcome struct {
	body   []byte      // JSON; that of a running execution until it has ended
	header http.Header // what else is told of a run that has ended
}

func newOperations() *operations {
	o := &operations{byKey: map[operationKey]*operation{}}
	o.ctx, o.cancel = context.WithCancelCause(context.Background())
	return o
}

// start runs a function and keeps its answer, unless an operation with that key
// exists. It returns the operation's current answer.
func (o *operations) start(key operationKey, running outcome, run func(context.Context) outcome) (outcome, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return outcome{}, sessions.ErrClosed
	}
	o.evict()
	if there, ok := o.byKey[key]; ok {
		return there.answer, nil
	}
	if len(o.byKey)-len(o.ended) >= maxOperations {
		return outcome{}, fmt.Errorf("%w: %d asynchronous executions are already running", sessions.ErrNoCapacity, maxOperations)
	}
	op := &operation{key: key, answer: running}
	o.byKey[key] = op
	o.work.Go(func() { o.end(op, run(o.ctx)) })
	return running, nil
}

func (o *operations) end(op *operation, answer outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	op.answer, op.at = answer, time.Now()
	o.ended = append(o.ended, op)
	o.bytes += len(answer.body)
	o.evict()
}

// get returns the answer of an operation.
func (o *operations) get(key operationKey) (outcome, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.evict()
	op, ok := o.byKey[key]
	if !ok {
		return outcome{}, false
	}
	return op.answer, true
}

// over reports whether an operation has ended, and is known.
func (o *operations) over(key operationKey) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.evict()
	op, ok := o.byKey[key]
	return ok && !op.at.IsZero()
}

// evict forgets the oldest answers beyond the bounds, but never the newest one,
// which its caller could not have fetched yet. The caller holds o.mu.
func (o *operations) evict() {
	for len(o.ended) > 0 {
		oldest := o.ended[0]
		tooMany := len(o.ended) > 1 && (len(o.ended) > maxOperations || o.bytes > maxOperationBytes)
		if !tooMany && time.Since(oldest.at) < operationAge {
			return
		}
		o.ended[0] = nil
		o.ended = o.ended[1:]
		o.bytes -= len(oldest.answer.body)
		delete(o.byKey, oldest.key)
	}
}

// close interrupts running operations, waits for them and forgets all.
func (o *operations) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.cancel(sessions.ErrClosed)
	o.work.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byKey, o.ended, o.bytes = nil, nil, 0
}
