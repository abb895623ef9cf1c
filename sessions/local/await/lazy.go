package await

import (
	"context"
	"sync"
)

// A Lazy is a value that is made for the first caller who asks for it, in a
// goroutine of its own, and shared by all who ask later. If making it fails, the
// next caller has it tried again. The methods may be called concurrently.
type Lazy[T any] struct {
	make  func() (T, error)
	owner *sync.WaitGroup

	mu      sync.Mutex
	current *Attempt[T]
}

// NewLazy returns a value that is not made yet. The owner waits for the
// goroutines in which it is made.
func NewLazy[T any](owner *sync.WaitGroup, make func() (T, error)) *Lazy[T] {
	return &Lazy[T]{make: make, owner: owner}
}

// An Attempt is one try to make a value.
type Attempt[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// Done is closed when the attempt has ended.
func (a *Attempt[T]) Done() <-chan struct{} { return a.done }

// Result waits for the end of the attempt and returns what it has made.
func (a *Attempt[T]) Result() (T, error) {
	<-a.done
	return a.value, a.err
}

// Ended reports whether the attempt is no longer under way.
func (a *Attempt[T]) Ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// Begin returns the attempt that is under way or has succeeded, or starts
// another one.
func (l *Lazy[T]) Begin() *Attempt[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.current; a != nil && (!a.Ended() || a.err == nil) {
		return a
	}
	a := &Attempt[T]{done: make(chan struct{})}
	l.current = a
	l.owner.Go(func() {
		defer close(a.done)
		a.value, a.err = l.make()
	})
	return a
}

// Reset forgets the value, so that the next caller who asks gets another one.
func (l *Lazy[T]) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current = nil
}

// Made returns the value if it has been made. It does not wait.
func (l *Lazy[T]) Made() (T, bool) {
	if a := l.Latest(); a != nil && a.Ended() {
		return a.value, a.err == nil
	}
	var zero T
	return zero, false
}

// Get waits for the value, and has it made if nobody did.
func (l *Lazy[T]) Get(ctx context.Context) (T, error) {
	a := l.Begin()
	select {
	case <-a.done:
		return a.value, a.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// Latest returns the attempt that is under way or has ended, nil if there was
// none.
func (l *Lazy[T]) Latest() *Attempt[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}
