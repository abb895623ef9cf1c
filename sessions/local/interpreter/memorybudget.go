package interpreter

import (
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// A memoryBudget is the memory that all sessions may use at once.
type memoryBudget struct {
	total   int64 // bytes; 0 for no bound
	machine machine
	cache   *availability
}

// A machine says how much memory is left, and for how long programs have waited for
// memory since it was started.
type machine interface {
	Free() (bytes int64, ok bool)
	Stalled() (total time.Duration, ok bool)
}

// supply says how much of a budget is left.
type supply int

const (
	plenty    supply = iota
	short            // idle sessions had better go to sleep
	exhausted        // somebody has to go at once
)

// availability remembers what the machine had left a moment ago.
type availability struct {
	mu       sync.Mutex
	asked    time.Time
	free     int64
	known    bool
	pressure pressure
}

// askInterval is how long an answer about the machine is valid.
const askInterval = 50 * time.Millisecond

// newMemoryBudget returns a budget of total bytes, or of what the machine has if that
// is 0.
func newMemoryBudget(total int64) memoryBudget {
	m := sandbox.ThisMachine()
	if total == 0 {
		total = defaultTotal(m.Total())
	}
	b := memoryBudget{total: total, machine: m, cache: &availability{}}
	b.ask(time.Now())
	return b
}

// defaultTotal leaves an eighth of the machine's memory, within bounds, to the
// server and to whatever else runs. It returns 0 for a machine that does not tell
// what it has.
func defaultTotal(machine int64) int64 {
	if machine <= 0 {
		return 0
	}
	return max(machine-min(max(machine/8, 256<<20), 4<<30), machine/2)
}

// floor is what the machine must have left: with less, the kernel begins to kill.
func (b memoryBudget) floor() int64 { return min(max(b.total/32, 64<<20), 512<<20) }

// state tells how much is left when the sessions hold sum bytes.
func (b memoryBudget) state(sum int64, now time.Time) supply {
	b.ask(now)
	free, known := b.free()
	switch {
	case b.total > 0 && sum > b.total, known && free < b.floor()/2 && sum > startMemory:
		return exhausted
	case b.total > 0 && sum > b.nearly(), known && free < b.floor(), b.stalls() && sum > startMemory:
		return short
	}
	return plenty
}

// admits reports whether there is memory for fresh bytes beside the sum that is
// used, and for what there is to grow a little.
func (b memoryBudget) admits(sum, fresh int64) bool {
	free, known := b.free()
	return (b.total == 0 || sum+fresh <= b.nearly()) && (!known || free-fresh >= b.floor())
}

// nearly is the sum from which on memory is short.
func (b memoryBudget) nearly() int64 { return b.total / 10 * 9 }

// ask asks the machine what it has left, unless it was asked a moment ago.
func (b memoryBudget) ask(now time.Time) {
	c := b.cache
	c.mu.Lock()
	recently := now.Sub(c.asked) < askInterval
	c.mu.Unlock()
	if recently {
		return
	}
	free, known := b.machine.Free()
	stalled, told := b.machine.Stalled()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.free, c.known = now, free, known
	if told {
		c.pressure.note(stalled, now)
	}
}

// stalls reports whether programs wait for memory.
func (b memoryBudget) stalls() bool {
	b.cache.mu.Lock()
	defer b.cache.mu.Unlock()
	return b.cache.pressure.high
}

// free returns what the machine had left when it was last asked.
func (b memoryBudget) free() (int64, bool) {
	b.cache.mu.Lock()
	defer b.cache.mu.Unlock()
	return b.cache.free, b.cache.known
}
