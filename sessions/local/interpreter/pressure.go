package interpreter

import "time"

const (
	// pressureWindow is the time over which pressure is measured.
	pressureWindow = time.Second
	// muchPressure is the part of that time in which some program waits for memory,
	// from which on idle sessions had better sleep: the kernel is busy with moving
	// memory out of the way then, long before nothing is left.
	muchPressure = 0.1
)

// A pressure tells from the time that programs have waited for memory whether they do
// now.
type pressure struct {
	since   time.Time // when the window began
	stalled time.Duration
	high    bool
}

// note records for how long programs have waited by now, in all.
func (p *pressure) note(stalled time.Duration, now time.Time) {
	passed := now.Sub(p.since)
	if !p.since.IsZero() && passed < pressureWindow {
		return
	}
	p.high = !p.since.IsZero() && float64(stalled-p.stalled) >= muchPressure*float64(passed)
	p.since, p.stalled = now, stalled
}
