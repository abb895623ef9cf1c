package local

import (
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// relayPatience is how long the end of a run waits for a caller to take the
// events that are left.
const relayPatience = 250 * time.Millisecond

// A relay hands events to a caller, in order, in a goroutine that exists while there
// are any: a caller that is slow to take them does not delay what they report. How
// much can wait is bounded by the bound on output.
type relay struct {
	to   func(sessions.Event)
	work *sync.WaitGroup

	mu     sync.Mutex
	queue  []sessions.Event
	idle   chan struct{} // closed when the goroutine ends; nil if there is none
	closed bool
}

// post takes an event.
func (r *relay) post(e sessions.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.queue = append(r.queue, e)
	if r.idle == nil {
		r.idle = make(chan struct{})
		r.work.Go(r.deliver)
	}
}

func (r *relay) deliver() {
	for {
		e, ok := r.next()
		if !ok {
			return
		}
		r.to(e)
	}
}

func (r *relay) next() (e sessions.Event, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		close(r.idle)
		r.idle = nil
		return e, false
	}
	e, r.queue = r.queue[0], r.queue[1:]
	return e, true
}

// close waits a moment until everything is handed over and drops the rest. No
// call of the caller's begins after that.
func (r *relay) close() {
	r.mu.Lock()
	idle := r.idle
	r.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-time.After(relayPatience):
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.queue = true, nil
}
