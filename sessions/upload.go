package sessions

import "context"

type boundedByDiskKey struct{}

// WithDiskAsBound returns a context in which a pool bounds an upload by the session's
// disk alone, and not by how much a request may bring: what is uploaded is read from a
// disk of the same machine. A pool elsewhere has its own bounds.
func WithDiskAsBound(ctx context.Context) context.Context {
	return context.WithValue(ctx, boundedByDiskKey{}, true)
}

// BoundedByDisk reports whether ctx is one of [WithDiskAsBound].
func BoundedByDisk(ctx context.Context) bool {
	bounded, _ := ctx.Value(boundedByDiskKey{}).(bool)
	return bounded
}
