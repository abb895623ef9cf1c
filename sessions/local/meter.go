package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
)

const memoryInterval = 25 * time.Millisecond

// A meter tells when running code has passed a limit whose use is known at once.
// That of the disk is not: see diskWatch.
type meter struct {
	opts        Options
	interpreter *interpreter
	ticker      *time.Ticker
}

// newMeter returns a meter that ticks. Stop it when done.
func newMeter(opts Options, in *interpreter) *meter {
	m := newMeterNow(opts, in)
	m.ticker = time.NewTicker(memoryInterval)
	return m
}

// newMeterNow returns a meter that does not tick.
func newMeterNow(opts Options, in *interpreter) *meter {
	return &meter{opts: opts, interpreter: in}
}

func (m *meter) ticks() <-chan time.Time { return m.ticker.C }
func (m *meter) stop()                   { m.ticker.Stop() }

// check returns the limit that was passed, or "". It never waits.
func (m *meter) check() sessions.Status {
	if used, err := m.interpreter.Memory(); err == nil && used > m.opts.Memory {
		return sessions.OutOfMemory
	}
	return ""
}
