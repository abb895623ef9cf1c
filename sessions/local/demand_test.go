package local

import (
	"testing"
	"time"
)

// TestDemand checks that spares grow with a burst, to a bound, and go again.
func TestDemand(t *testing.T) {
	t.Parallel()
	clock := time.Unix(1e9, 0)
	d := demand{min: 1, max: 5}
	for _, c := range []struct {
		what  string
		after time.Duration
		begin int
		want  int
	}{
		{"at first", 0, 0, 1},
		{"one session", time.Second, 1, 1},
		{"three more", time.Second, 3, 4},
		{"a burst beyond the bound", time.Second, 30, 5},
		{"as long as the burst is recent", burstWindow, 0, 5},
		{"in the quiet after it", calmPeriod / 2, 0, 5},
		{"a minute later", calmPeriod, 0, 4},
		{"another minute", calmPeriod + time.Second, 0, 3},
		{"a small burst", time.Second, 2, 3},
		{"quiet again", calmPeriod + time.Second, 0, 2},
		{"and again", calmPeriod + time.Second, 0, 1},
		{"never fewer than the least", time.Hour, 0, 1},
	} {
		clock = clock.Add(c.after)
		for range c.begin {
			d.note(clock)
		}
		if got := d.want(clock); got != c.want {
			t.Errorf("%s: %d spares, want %d", c.what, got, c.want)
		}
	}
}

// TestDemandNone checks that a pool which is to keep no spares keeps none.
func TestDemandNone(t *testing.T) {
	t.Parallel()
	d := demand{}
	for range 10 {
		d.note(time.Now())
	}
	if got := d.want(time.Now()); got != 0 {
		t.Errorf("%d spares, want 0", got)
	}
}
