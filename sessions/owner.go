package sessions

import "context"

type ownerKey struct{}

// WithOwner returns a context whose calls are made for owner, where a pool is
// used for several who must leave something to each other. A pool that holds as
// many sessions as it may lets one owner have as many awake as are left to the
// others, and no more. Sessions without an owner are not divided.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// Owner returns for whom the calls of ctx are made, "" if nobody said so.
func Owner(ctx context.Context) string {
	owner, _ := ctx.Value(ownerKey{}).(string)
	return owner
}
