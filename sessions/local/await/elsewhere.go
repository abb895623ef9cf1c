package local

import (
	"context"
	"sync"
)

// elsewhere calls f in a goroutine that work waits for and returns what f does,
// or the error of ctx when that ends first: a disk that hangs holds up nobody
// who has stopped waiting. f goes on until it notices.
func elsewhere[T any](ctx context.Context, work *sync.WaitGroup, f func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	work.Go(func() {
		value, err := f(ctx)
		done <- answer{value, err}
	})
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}
