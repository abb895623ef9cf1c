package local

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// What the pool does about memory, beside watching it: it tells why an
// interpreter is gone, makes room before it takes another session in, and gives
// memory back when it gets short.

// deathWait is how long it may take until it is known how a process has ended
// that has closed its output.
const deathWait = 3 * time.Second

// A victim is a process that can tell which memory it ran out of.
type victim interface{ Shortage() sandbox.Shortage }

// killForMemory ends a process that the watch over memory has condemned.
func (p *Pool) killForMemory(w *watched) {
	if w.why == sessions.MachineOutOfMemory {
		p.opts.Logger.Warn().Int64("total_memory", p.memory.all.total).
			Msg("all sessions together, or the machine, ran out of memory: the session that holds the most is killed")
	} else {
		p.opts.Logger.Info().Msg("a session used more memory than it may and is killed")
	}
	w.Kill()
}

// restartFor returns why an interpreter is gone whose run ended with a verdict
// about memory, "" for any other.
func restartFor(verdict sessions.Status) sessions.Restart {
	switch verdict {
	case sessions.OutOfMemory:
		return sessions.RestartMemory
	case sessions.MachineOutOfMemory:
		return sessions.RestartMachine
	}
	return ""
}

// memoryVerdict returns OutOfMemory or MachineOutOfMemory for an interpreter that
// was killed for its memory, by the watch or by the kernel, and "" for any other.
// It waits for the end of one that is about to end.
func (in *interpreter) memoryVerdict() sessions.Status {
	if why := in.memory.killedFor(); why != "" {
		return why
	}
	v, ok := in.process.(victim)
	if !ok {
		return ""
	}
	select {
	case <-in.Done():
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

// deathReason returns why an interpreter is gone that nobody stopped.
func (in *interpreter) deathReason() sessions.Restart {
	if r := restartFor(in.memoryVerdict()); r != "" {
		return r
	}
	return sessions.RestartDied
}

// noteMemory makes a verdict of what the watch over memory, or the kernel, did to
// the interpreter while the code ran.
func (r *run) noteMemory(err error) {
	if err == nil && r.interpreter.memory.killedFor() == "" || r.killed {
		return
	}
	if v := r.interpreter.memoryVerdict(); v != "" {
		r.verdict, r.killed = v, true
	}
}

// fits reports whether there is memory for so many more interpreters than there
// are. The caller holds p.mu.
func (p *Pool) fits(more int) bool {
	return p.memory.fits(p.awake() + len(p.spares) + p.sparesBegun + more)
}

// outOfMemory returns the error for a pool that has no memory left for another
// session. The caller holds p.mu.
func (p *Pool) outOfMemory() error {
	var full *sessions.CapacityError
	if !errors.As(p.full(""), &full) {
		return p.full("")
	}
	full.Memory = max(p.memory.all.total, 1)
	full.RetryAfter = max(full.RetryAfter, time.Second)
	return full
}

// explainStart explains why an interpreter did not come up, if it is not that it
// was killed for its memory then as for any other reason.
func (p *Pool) explainStart(err error, w *watched) error {
	switch w.killedFor() {
	case sessions.MachineOutOfMemory:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.outOfMemory()
	case sessions.OutOfMemory:
		return fmt.Errorf("the interpreter did not start: it needs more memory than the %d MiB that a session may use; raise --memory", p.opts.Memory>>20)
	}
	return describeStart(err, w)
}

// wantMemory has freeMemory give memory back.
func (p *Pool) wantMemory() {
	select {
	case p.thrift <- struct{}{}:
	default: // it is going to
	}
}

// freeMemory gives memory back when it gets short, until the pool is closed:
// first spares go, then idle sessions are put to sleep.
func (p *Pool) freeMemory() {
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-p.thrift:
		}
		if p.dropSpare() || p.putIdleToSleep() {
			continue
		}
		select { // nothing can be done about it for the moment
		case <-p.ctx.Done():
		case <-time.After(patrolInterval):
		}
	}
}

// putIdleToSleep puts the session to sleep that was idle for longest, and
// reports whether there was one.
func (p *Pool) putIdleToSleep() bool {
	if p.opts.OnIdle != Hibernate {
		return false
	}
	idle, _ := p.idle("")
	return slices.ContainsFunc(idle, p.yield)
}

// dropSpare removes a spare, if there is one.
func (p *Pool) dropSpare() bool {
	p.mu.Lock()
	b := p.takeSpare()
	p.mu.Unlock()
	if b == nil {
		return false
	}
	b.end()
	p.work.Go(b.remove)
	return true
}
