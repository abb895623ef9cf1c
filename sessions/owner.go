package sessions

import "context"

type ownerKey struct{}

// WithOwner returns a context whose calls are made for owner, for pools that several
// owners share. A pool at its limit of sessions lets one owner have at most as many
// awake as it leaves to the others. Sessions without an owner are not divided.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// Owner returns the owner of the calls of ctx, or "".
func Owner(ctx context.Context) string {
	owner, _ := ctx.Value(ownerKey{}).(string)
	return owner
}
