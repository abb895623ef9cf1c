package local

import (
	"errors"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// What the pool does about memory, beside watching it: it tells why an
// interpreter is gone, makes room before it takes another session in, and gives
// memory back when it gets short.

// fits reports whether there is memory for so many more interpreters than there
// are. The caller holds p.mu.
func (p *Pool) fits(more int) bool {
	return p.engine.Fits(p.awake() + len(p.spares) + p.sparesBegun + more)
}

// outOfMemory returns the error for a pool that has no memory left for another
// session. The caller holds p.mu.
func (p *Pool) outOfMemory() error {
	var full *sessions.CapacityError
	if !errors.As(p.full(""), &full) {
		return p.full("")
	}
	full.Memory = max(p.engine.TotalMemory(), 1)
	full.RetryAfter = max(full.RetryAfter, time.Second)
	return full
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
	b.interpreter.Kill()
	p.work.Go(b.remove)
	return true
}
