package interpreter

import (
	"testing"
	"time"
)

func TestDefaultTotal(t *testing.T) {
	const gib = 1 << 30
	for machine, want := range map[int64]int64{
		0:          0,
		512 << 20:  256 << 20,
		1 * gib:    768 << 20,
		8 * gib:    7 * gib,
		24 * gib:   21 * gib,
		1024 * gib: 1020 * gib,
	} {
		if got := defaultTotal(machine); got != want {
			t.Errorf("of %d MiB: %d MiB, want %d", machine>>20, got>>20, want>>20)
		}
	}
}

func TestBudget(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		name             string
		total, sum, free int64
		stalled          time.Duration // in the last second
		unknown          bool
		want             supply
		admits           bool // another 128 MiB
	}{
		{name: "much of both", total: 4096 * mib, sum: 1000 * mib, free: 9000 * mib, want: plenty, admits: true},
		{name: "nearly all", total: 4096 * mib, sum: 3700 * mib, free: 9000 * mib, want: short},
		{name: "more than all", total: 4096 * mib, sum: 4097 * mib, free: 9000 * mib, want: exhausted},
		{name: "others took it", total: 4096 * mib, sum: 1000 * mib, free: 100 * mib, want: short},
		{name: "others took all", total: 4096 * mib, sum: 1000 * mib, free: 40 * mib, want: exhausted},
		{name: "nobody to blame", total: 4096 * mib, sum: startMemory, free: 40 * mib, want: short},
		{name: "programs wait", total: 4096 * mib, sum: 1000 * mib, free: 9000 * mib, stalled: 150 * time.Millisecond, want: short, admits: true},
		{name: "they hardly wait", total: 4096 * mib, sum: 1000 * mib, free: 9000 * mib, stalled: 50 * time.Millisecond, want: plenty, admits: true},
		{name: "nobody here makes them wait", total: 4096 * mib, sum: startMemory, free: 9000 * mib, stalled: time.Second, want: plenty, admits: true},
		{name: "nobody tells", sum: 1000 * mib, unknown: true, want: plenty, admits: true},
		{name: "not enough for another one", total: 1000 * mib, sum: 800 * mib, free: 9000 * mib, want: plenty},
	} {
		m := &fakeMachine{free: c.free, unknown: c.unknown}
		b := memoryBudget{total: c.total, cache: &availability{}, machine: m}
		b.ask(time.Now().Add(-time.Second))
		m.stalled = c.stalled
		if got := b.state(c.sum, time.Now()); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := b.admits(c.sum, 128*mib); got != c.admits {
			t.Errorf("%s: admits %v, want %v", c.name, got, c.admits)
		}
	}
}

// A fakeMachine has what the test says.
type fakeMachine struct {
	free    int64
	stalled time.Duration
	unknown bool
}

func (m *fakeMachine) Free() (int64, bool) { return m.free, !m.unknown }

func (m *fakeMachine) Stalled() (time.Duration, bool) { return time.Hour + m.stalled, !m.unknown }

// TestPressure follows the kernel's count of the time that programs wait.
func TestPressure(t *testing.T) {
	var p pressure
	now := time.Now()
	for i, c := range []struct {
		after, stalled time.Duration
		high           bool
	}{
		{0, time.Hour, false}, // what was before says nothing
		{time.Second, 200 * time.Millisecond, true},
		{100 * time.Millisecond, 0, true}, // too early to tell
		{time.Second, 0, false},
		{50 * time.Second, 4 * time.Second, false},
		{50 * time.Second, 6 * time.Second, true},
	} {
		now = now.Add(c.after)
		total := p.stalled + c.stalled
		if p.note(total, now); p.high != c.high {
			t.Errorf("%d: %v", i, p.high)
		}
	}
}
