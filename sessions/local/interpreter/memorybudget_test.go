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
		unknown          bool
		want             supply
		admits           bool // another 128 MiB
	}{
		{name: "much of both", total: 4096 * mib, sum: 1000 * mib, free: 9000 * mib, want: plenty, admits: true},
		{name: "nearly all", total: 4096 * mib, sum: 3700 * mib, free: 9000 * mib, want: short},
		{name: "more than all", total: 4096 * mib, sum: 4097 * mib, free: 9000 * mib, want: exhausted},
		{name: "others took it", total: 4096 * mib, sum: 1000 * mib, free: 100 * mib, want: short},
		{name: "others took all", total: 4096 * mib, sum: 1000 * mib, free: 40 * mib, want: exhausted},
		{name: "nobody to blame", total: 4096 * mib, sum: 100 * mib, free: 40 * mib, want: short},
		{name: "nobody tells", sum: 1000 * mib, unknown: true, want: plenty, admits: true},
		{name: "not enough for another one", total: 1000 * mib, sum: 800 * mib, free: 9000 * mib, want: plenty},
	} {
		b := memoryBudget{total: c.total, cache: &availability{}, machine: func() (int64, bool) { return c.free, !c.unknown }}
		if got := b.state(c.sum, time.Now()); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := b.admits(c.sum, 128*mib); got != c.admits {
			t.Errorf("%s: admits %v, want %v", c.name, got, c.admits)
		}
	}
}
