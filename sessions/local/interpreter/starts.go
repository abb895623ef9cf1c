package interpreter

import (
	"context"
	"runtime"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// startPatience is how long a session waits for others that are being started
// before it.
const startPatience = 30 * time.Second

// starts lets as many interpreters start at once as there are processors: more
// would only make each of them late.
type starts struct {
	slots chan struct{}

	mu     sync.Mutex
	queued int           // sessions that wait for an interpreter
	usual  time.Duration // how long a start takes, of late
}

func newStarts() *starts {
	return &starts{slots: make(chan struct{}, max(2, runtime.NumCPU()))}
}

// begin waits for a turn to start an interpreter. end ends it.
func (s *starts) begin(ctx context.Context) (end func(), err error) {
	patience := time.NewTimer(startPatience)
	defer patience.Stop()
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, s.late()
	}
	began := time.Now()
	return func() {
		s.note(time.Since(began))
		<-s.slots
	}, nil
}

func (s *starts) note(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.usual == 0 {
		s.usual = took
	}
	s.usual += (took - s.usual) / 4
}

// late says how long it may be until those who wait have been served.
func (s *starts) late() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &sessions.CapacityError{
		Starting:   max(s.queued-1, cap(s.slots)),
		RetryAfter: max(time.Second, s.usual*time.Duration(s.queued)/time.Duration(cap(s.slots))),
	}
}

// WaitStart counts a caller among those that wait for an interpreter until done is
// called.
func (e *Engine) WaitStart() (done func()) { return e.starts.wait() }

// Starting returns how many callers wait for an interpreter.
func (e *Engine) Starting() int { return e.starts.waiting() }

// wait counts a session among those that wait until done is called.
func (s *starts) wait() (done func()) {
	s.add(1)
	return func() { s.add(-1) }
}

func (s *starts) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued += n
}

// waiting returns how many sessions wait for an interpreter.
func (s *starts) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queued
}
