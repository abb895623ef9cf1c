package jsonrpc

import "context"

// EndWith returns a context that ends with ctx, and also when other ends, for the
// same cause. cancel must be called.
func EndWith(ctx, other context.Context) (_ context.Context, cancel context.CancelCauseFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { end(context.Cause(other)) })
	return ctx, func(cause error) {
		stop()
		end(cause)
	}
}
