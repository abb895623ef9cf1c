package sandbox

import (
	"sync"
	"time"
	_ "unsafe" // for go:linkname

	"gvisor.dev/gvisor/pkg/atomicbitops"
	"gvisor.dev/gvisor/pkg/hostarch"
)

// Sentry and program wait for each other at every system call. gVisor's systrap
// platform measures whether they had better spin than sleep meanwhile (its "fast
// path"), which makes a plot a third faster. But it measures 2500 times a second
// for as long as a sentry lives, whatever the program does: fifty sandboxes in
// use keep two processors busy with that alone. So this file takes the same steps:
// often while there is something to measure, and more and more rarely while there
// is not.
const (
	// fastPathPeriod is the time between two steps of a busy program. It is the
	// platform's own.
	fastPathPeriod = 400 * time.Microsecond
	// fastPathIdle is the time between two looks at an idle one, at most.
	fastPathIdle = 200 * time.Millisecond
	// fastPathPatience is how many steps find nothing before they become rare.
	fastPathPatience = 5
)

// What follows is the platform's, in metrics.go and systrap.go of the version of
// gVisor that go.mod names, and must change with it.
// TestIdleSentryIsQuiet fails if it does not.
type (
	latencyBuckets [80]atomicbitops.Uint64

	latencyRecorder struct{ stubBound, sentryBound latencyBuckets }

	fastPathState struct {
		_ [2]latencyBuckets // of times without it
		_ [6]int            // what it has tried
		_ [hostarch.CacheLineSize]byte
		_ atomicbitops.Bool // of the program's threads
		_ [hostarch.CacheLineSize]byte
		_ atomicbitops.Bool // of the sentry's
		_ [hostarch.CacheLineSize]byte
		_ atomicbitops.Uint32 // threads that are awake
		_ [hostarch.CacheLineSize]byte

		usedStubFastPath   atomicbitops.Bool
		_                  [hostarch.CacheLineSize]byte
		usedSentryFastPath atomicbitops.Bool
		_                  [hostarch.CacheLineSize]byte
		// step is what to do at the end of a period.
		step func(*fastPathState)
	}
)

var (
	// latencyMonitoring is what starts the platform's own steps.
	//
	//go:linkname latencyMonitoring gvisor.dev/gvisor/pkg/sentry/platform/systrap.latencyMonitoring
	latencyMonitoring sync.Once
	//go:linkname latencies gvisor.dev/gvisor/pkg/sentry/platform/systrap.latencies
	latencies latencyRecorder
	//go:linkname fastpath gvisor.dev/gvisor/pkg/sentry/platform/systrap.fastpath
	fastpath fastPathState
	//go:linkname fastPathContextLimit gvisor.dev/gvisor/pkg/sentry/platform/systrap.fastPathContextLimit
	fastPathContextLimit uint32
	//go:linkname maxSysmsgThreads gvisor.dev/gvisor/pkg/sentry/platform/systrap.maxSysmsgThreads
	maxSysmsgThreads int
)

// count returns how many waits were measured in this period.
func (r *latencyRecorder) count() (n uint64) {
	for i := range r.stubBound {
		n += r.stubBound[i].Load() + r.sentryBound[i].Load()
	}
	return n
}

// paceSentry takes the place of the platform's steps in this process, which is
// to become a sentry.
func paceSentry() {
	latencyMonitoring.Do(func() { go controlFastPath() })
}

// controlFastPath runs for as long as the sentry does.
func controlFastPath() {
	wait, idle := fastPathPeriod, 0
	for seen := uint64(0); ; {
		time.Sleep(wait)
		if latencies.count() == seen {
			if idle++; idle > fastPathPatience {
				wait = min(2*wait, fastPathIdle)
			}
			continue
		}
		wait, idle = fastPathPeriod, 0
		fastPathContextLimit = uint32(maxSysmsgThreads * 2)
		fastpath.step(&fastpath)
		fastpath.usedStubFastPath.Store(false)
		fastpath.usedSentryFastPath.Store(false)
		seen = latencies.count()
	}
}
