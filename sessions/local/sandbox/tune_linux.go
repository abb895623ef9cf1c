package sandbox

import (
	"runtime/debug"
	"time"
)

// tuneSentry sets the garbage collector of a sentry, which makes half of what it
// ever allocates while it starts. Collecting that again and again would take
// longer than anything else does; once it is settled, it is to be small.
func tuneSentry() {
	debug.SetGCPercent(startPercent)
	time.AfterFunc(settleDelay, func() {
		debug.SetGCPercent(settledPercent)
		debug.FreeOSMemory()
	})
}

const (
	startPercent   = 400
	settledPercent = 100
	// settleDelay is when a sentry is taken to have started.
	settleDelay = 3 * time.Second
)
