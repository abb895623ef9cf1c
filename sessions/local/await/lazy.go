package local

import (
	"context"
	"sync"
)

// A lazy is a value that is made by the first who asks for it, in a goroutine
// of its own, so that one who gives up waiting does not spoil it for others.
// When making it failed, the next who asks has it tried again.
type lazy[T any] struct {
	make  func() (T, error)
	owner *sync.WaitGroup // waits for the goroutine

	mu      sync.Mutex
	current *attempt[T]
}

type attempt[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// ended reports whether an attempt is no longer under way.
func (a *attempt[T]) ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// begin returns the attempt that is under way or has succeeded, or a new one.
func (l *lazy[T]) begin() *attempt[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.current; a != nil {
		select {
		case <-a.done:
			if a.err == nil {
				return a
			}
		default:
			return a
		}
	}
	a := &attempt[T]{done: make(chan struct{})}
	l.current = a
	l.owner.Go(func() {
		defer close(a.done)
		a.value, a.err = l.make()
	})
	return a
}

// reset forgets a value that was made, so that the next who asks gets another.
func (l *lazy[T]) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = nil
}

// made returns the value if it has been made.
func (l *lazy[T]) made() (T, bool) {
	l.mu.Lock()
	a := l.current
	l.mu.Unlock()
	if a != nil {
		select {
		case <-a.done:
			return a.value, a.err == nil
		default:
		}
	}
	var zero T
	return zero, false
}

// get waits for the value.
func (l *lazy[T]) get(ctx context.Context) (T, error) {
	a := l.begin()
	select {
	case <-a.done:
		return a.value, a.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// latest returns the attempt that is under way or has ended, nil if there was
// none.
func (l *lazy[T]) latest() *attempt[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}
