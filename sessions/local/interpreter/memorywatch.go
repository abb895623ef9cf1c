package interpreter

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Memory is watched by one goroutine for all interpreters, whether they run
// code, start, or are idle with a thread left behind. It does nothing but look
// and kill: whatever may take a while is done elsewhere. How soon it looks again
// follows from how much is left and how fast memory can be taken.
const (
	// fillRate is how many bytes a second a processor fills at most.
	fillRate = 2 << 30
	// minLook and maxLook bound the time between two looks at an interpreter.
	// allLook is that time when it is the memory of all that gets short, and
	// frozenLook for one that is frozen.
	minLook    = 2 * time.Millisecond
	maxLook    = 50 * time.Millisecond
	allLook    = 10 * time.Millisecond
	frozenLook = 5 * time.Second
	// relief is how long a kill for the sake of all may take to show.
	relief = 500 * time.Millisecond
	// startMemory is what an interpreter is taken to need that has just started.
	startMemory = 72 << 20
)

// A watched is an interpreter's process as the watch over memory sees it.
type watched struct {
	process
	frozen atomic.Bool
	over   chan struct{}   // closed when it was killed for its memory
	why    sessions.Status // set before over is closed

	next time.Time // when to look again; the watch's own
	used int64     // at the last look; guarded by the watch's mu
}

// killedFor returns why the watch killed the process, "" if it did not.
func (w *watched) killedFor() sessions.Status {
	select {
	case <-w.over:
		return w.why
	default:
		return ""
	}
}

// A memoryWatch kills interpreters that take too much memory: more than limit
// each, or more than there is for all.
type memoryWatch struct {
	limit int64
	all   memoryBudget
	kill  func(*watched) // must not wait
	short func()         // told that memory gets short; must not wait
	added chan struct{}

	mu        sync.Mutex
	processes map[*watched]struct{}
	relieved  time.Time // when one was last killed for the sake of all
}

func newMemoryWatch(limit int64, all memoryBudget, kill func(*watched), short func()) *memoryWatch {
	return &memoryWatch{
		limit: limit, all: all, kill: kill, short: short,
		added:     make(chan struct{}, 1),
		processes: map[*watched]struct{}{},
	}
}

// watch begins to watch a process, until it ends.
func (m *memoryWatch) watch(p process) *watched {
	w := &watched{process: p, over: make(chan struct{})}
	m.mu.Lock()
	m.processes[w] = struct{}{}
	m.mu.Unlock()
	select {
	case m.added <- struct{}{}:
	default:
	}
	return w
}

// run watches until ctx ends.
func (m *memoryWatch) run(ctx context.Context) {
	timer := time.NewTimer(maxLook)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-m.added:
		}
		timer.Reset(m.look(time.Now()))
	}
}

// look looks at every process that it is time for, and returns how long to wait
// before the next one.
func (m *memoryWatch) look(now time.Time) time.Duration {
	m.mu.Lock()
	due := make([]*watched, 0, len(m.processes))
	for w := range m.processes {
		if !w.next.After(now) {
			due = append(due, w)
		}
	}
	m.mu.Unlock()
	for _, w := range due {
		m.lookAt(w, now)
	}
	m.lookAtAll(now)
	return m.untilNext(now)
}

func (m *memoryWatch) lookAt(w *watched, now time.Time) {
	used, err := w.Memory()
	if err != nil {
		used = 0 // it has not started, or is not counted
	}
	m.mu.Lock()
	w.used = used
	sum := m.sum()
	m.mu.Unlock()
	if used > m.limit {
		m.end(w, sessions.OutOfMemory)
	}
	wait := interval(m.limit - used)
	if m.all.total > 0 {
		wait = min(wait, max(interval(m.all.total-sum), allLook))
	}
	w.next = now.Add(wait)
	if w.frozen.Load() {
		w.next = now.Add(frozenLook)
	}
}

// interval returns how long it takes at least to take the memory that is left.
func interval(left int64) time.Duration {
	rate := float64(fillRate) * float64(runtime.GOMAXPROCS(0))
	return min(max(time.Duration(float64(left)/rate*float64(time.Second)), minLook), maxLook)
}

// end kills a process for its memory.
func (m *memoryWatch) end(w *watched, why sessions.Status) {
	if w.killedFor() != "" {
		return
	}
	w.why = why
	close(w.over)
	m.kill(w)
}

// lookAtAll kills the process that holds the most when all of them hold more
// than they may or the machine has next to nothing left. One is killed at a time,
// and given the time to go.
func (m *memoryWatch) lookAtAll(now time.Time) {
	m.mu.Lock()
	sum := m.sum()
	var largest *watched
	for w := range m.processes {
		if w.killedFor() == "" && (largest == nil || w.used > largest.used) {
			largest = w
		}
	}
	recently := now.Sub(m.relieved) < relief
	m.mu.Unlock()
	state := m.all.state(sum, now)
	if state != plenty {
		m.short()
	}
	if state == exhausted && largest != nil && !recently {
		m.relieved = now
		m.end(largest, sessions.MachineOutOfMemory)
	}
}

// sum returns what all processes hold. The caller holds m.mu.
func (m *memoryWatch) sum() (sum int64) {
	m.forgetEnded()
	for w := range m.processes {
		sum += w.used
	}
	return sum
}

// forgetEnded forgets the processes that have ended, which hold nothing any more:
// one that was frozen would count for seconds. The caller holds m.mu.
func (m *memoryWatch) forgetEnded() {
	for w := range m.processes {
		select {
		case <-w.Done():
			delete(m.processes, w)
		default:
		}
	}
}

// untilNext returns the time until the next look is due.
func (m *memoryWatch) untilNext(now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := now.Add(relief) // the machine is looked at in any case
	for w := range m.processes {
		if w.next.Before(next) {
			next = w.next
		}
	}
	return max(time.Until(next), minLook)
}

// fits reports whether there is memory for n interpreters at once, of which some
// run already.
func (m *memoryWatch) fits(n int) bool {
	m.mu.Lock()
	m.forgetEnded()
	var sum int64
	for w := range m.processes {
		sum += max(w.used, startMemory)
	}
	fresh := int64(max(0, n-len(m.processes))) * startMemory
	m.mu.Unlock()
	return m.all.admits(sum, fresh)
}
