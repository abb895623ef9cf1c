package local

import (
	"slices"
	"time"
)

// The engine watches memory. The pool admits no session for which there is none, and
// frees memory when it gets short.

// fits reports whether there is memory for so many more interpreters than there
// are. The caller holds p.mu.
func (p *Pool) fits(more int) bool {
	return p.engine.Fits(p.awake() + len(p.spares) + p.sparesBegun + more)
}

// outOfMemory returns the error for a pool that has no memory left for another
// session. The caller holds p.mu.
func (p *Pool) outOfMemory() error {
	full := p.full("")
	full.Memory = max(p.engine.TotalMemory(), 1)
	full.RetryAfter = max(full.RetryAfter, time.Second)
	return full
}

// noteMemoryShort tells freeMemory that memory is short. It does not block.
func (p *Pool) noteMemoryShort() {
	select {
	case p.memoryShort <- struct{}{}:
	default: // it is going to
	}
}

// freeMemory frees memory whenever it gets short, until the pool is closed: it removes
// blanks and spares first, then puts idle sessions to sleep.
func (p *Pool) freeMemory() {
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-p.memoryShort:
		}
		if p.dropBlank() || p.dropSpare() || p.putIdleToSleep() {
			continue
		}
		select { // nothing can be done about it for the moment
		case <-p.ctx.Done():
		case <-time.After(monitorInterval):
		}
	}
}

// putIdleToSleep puts the session to sleep that was unused for longest, and reports
// whether there was one.
func (p *Pool) putIdleToSleep() bool {
	if p.opts.OnIdle != Hibernate {
		return false
	}
	unused, _ := p.unused("")
	return slices.ContainsFunc(unused, p.evict)
}

// dropSpare removes a spare, if there is one.
func (p *Pool) dropSpare() bool {
	p.mu.Lock()
	i := p.takeSpare()
	p.mu.Unlock()
	return p.discard(i)
}

// discard removes an instance that no session has, and reports whether it is not nil.
func (p *Pool) discard(i *instance) bool {
	if i == nil {
		return false
	}
	i.interpreter.Kill() // its memory is what is wanted; nobody waits for its folder
	p.work.Go(i.remove)
	return true
}
