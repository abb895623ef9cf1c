package local

import "time"

// A burst is as many sessions as begin within burstWindow. The pool keeps as
// many spares as the last burst would have needed, and gives one up for every
// calmPeriod in which there was none like it.
const (
	burstWindow = 10 * time.Second
	calmPeriod  = time.Minute
)

// A demand tells how many spares to keep.
type demand struct {
	min, max int
	begun    []time.Time // sessions, within the last burstWindow; at most max of them
	target   int
	since    time.Time // when the target was last right or was changed
}

// note records that a session has begun.
func (d *demand) note(now time.Time) {
	d.begun = append(d.begun, now)
	if len(d.begun) > d.max {
		d.begun = d.begun[1:]
	}
}

// want returns the number of spares to keep.
func (d *demand) want(now time.Time) int {
	for len(d.begun) > 0 && now.Sub(d.begun[0]) > burstWindow {
		d.begun = d.begun[1:]
	}
	d.target = max(d.target, d.min)
	switch n := len(d.begun); {
	case n >= d.target:
		d.target, d.since = max(n, d.min), now
	case now.Sub(d.since) > calmPeriod && d.target > d.min:
		d.target, d.since = d.target-1, now
	}
	return d.target
}
