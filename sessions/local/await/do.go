// Package await waits for work that may take longer than anybody wants to wait
// for it: a disk that hangs, an installation, the start of a sandbox.
//
// Work runs in a goroutine of its own, which an owner waits for in the end. A
// caller whose context ends stops waiting and gets the context's error; the work
// goes on, and does not fail for others because one of them gave up.
package await

import (
	"context"
	"sync"
)

// Do calls f in a goroutine that owner waits for. It returns what f returns, or
// the error of ctx if that ends first; f goes on until it notices.
func Do[T any](ctx context.Context, owner *sync.WaitGroup, f func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	owner.Go(func() {
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
