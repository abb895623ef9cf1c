package interpreter

import (
	"fmt"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// deathWait is how long it may take until it is known how a process has ended
// that has closed its output.
const deathWait = 3 * time.Second

// Fits reports whether there is memory for n interpreters at once, of which some
// are live already.
func (e *Engine) Fits(n int) bool { return e.memory.fits(n) }

// TotalMemory returns the bytes of memory that all interpreters may use together,
// 0 if there is no bound.
func (e *Engine) TotalMemory() int64 { return e.memory.all.total }

// killForMemory ends a process that the watch over memory has condemned.
func (e *Engine) killForMemory(w *watched) {
	if w.why == sessions.MachineOutOfMemory {
		e.opts.Logger.Warn().Int64("total_memory", e.memory.all.total).
			Msg("all sessions together, or the machine, ran out of memory: the session that holds the most is killed")
	} else {
		e.opts.Logger.Info().Msg("a session used more memory than it may and is killed")
	}
	w.Kill()
}

// explainStart explains why an interpreter did not come up.
func (e *Engine) explainStart(err error, w *watched) error {
	switch w.killedFor() {
	case sessions.MachineOutOfMemory:
		return &sessions.CapacityError{Memory: max(e.memory.all.total, 1)}
	case sessions.OutOfMemory:
		return fmt.Errorf("the interpreter did not start: it needs more memory than the %d MiB that a session may use; raise --memory", e.opts.Memory>>20)
	}
	return describeStart(err, w)
}

// KilledFor returns OutOfMemory or MachineOutOfMemory if the interpreter was killed
// for its memory, "" otherwise.
func (l *Live) KilledFor() sessions.Status { return l.memory.killedFor() }

// memoryVerdict returns OutOfMemory or MachineOutOfMemory for an interpreter that
// was killed for its memory, by the watch or by the kernel, and "" for any other.
// It waits for the end of one that is about to end.
func (l *Live) memoryVerdict() sessions.Status {
	if why := l.memory.killedFor(); why != "" {
		return why
	}
	v, ok := l.process.(victim)
	if !ok {
		return ""
	}
	select {
	case <-l.Done():
	case <-time.After(deathWait):
		return ""
	}
	switch v.Shortage() {
	case sandbox.OwnShortage:
		return sessions.OutOfMemory
	case sandbox.MachineShortage:
		return sessions.MachineOutOfMemory
	}
	return ""
}

// DeathReason returns why an interpreter is gone that nobody stopped. It may wait
// for a moment.
func (l *Live) DeathReason() sessions.Restart {
	if r := RestartFor(l.memoryVerdict()); r != "" {
		return r
	}
	return sessions.RestartDied
}

// RestartFor returns why an interpreter is gone whose run ended with a verdict
// about memory, "" for any other verdict.
func RestartFor(verdict sessions.Status) sessions.Restart {
	switch verdict {
	case sessions.OutOfMemory:
		return sessions.RestartMemory
	case sessions.MachineOutOfMemory:
		return sessions.RestartMachine
	}
	return ""
}
