//go:build !linux

package doctor

import "context"

// shareUserSnapshot does nothing: only Linux has sandboxes, and so snapshots.
func (o Options) shareUserSnapshot(context.Context, string) error { return nil }
