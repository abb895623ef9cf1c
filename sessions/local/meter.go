package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
)

const (
	meterInterval = 25 * time.Millisecond
	diskInterval  = 200 * time.Millisecond
)

// A meter tells when running code has passed a limit other than that of memory,
// which memoryWatch looks after.
type meter struct {
	opts     Options
	box      *box
	ticker   *time.Ticker
	nextDisk time.Time
}

// newMeter returns a meter that counts the disk only from time to time. Stop it
// when done.
func newMeter(opts Options, b *box) *meter {
	m := newMeterNow(opts, b)
	m.ticker = time.NewTicker(meterInterval)
	m.nextDisk = time.Now().Add(diskInterval)
	return m
}

// newMeterNow returns a meter that counts everything when it is first asked. It
// does not tick.
func newMeterNow(opts Options, b *box) *meter {
	return &meter{opts: opts, box: b}
}

func (m *meter) ticks() <-chan time.Time { return m.ticker.C }
func (m *meter) stop()                   { m.ticker.Stop() }

// check returns the limit that was passed, or "".
func (m *meter) check() sessions.Status {
	began := time.Now()
	if began.Before(m.nextDisk) {
		return ""
	}
	used := m.box.usage()
	// Counting a million files takes a while; it must not be all that is done.
	m.nextDisk = time.Now().Add(max(diskInterval, 10*time.Since(began)))
	if used.bytes > m.opts.Disk || used.files > maxFiles {
		return sessions.DiskFull
	}
	return ""
}

// maxFiles is how many files and folders a session may have. Each takes room on
// the host's disk that its size does not show.
const maxFiles = 200_000
