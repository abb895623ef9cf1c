package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// checkCapacity returns an error if no more sessions of an owner may be awake, which
// says why. Each owner may have as many as it leaves free, so one that takes all it
// can get leaves half to the others, and the next a quarter. The caller holds p.mu.
func (p *Pool) checkCapacity(owner string) error {
	own, free := 0, p.opts.MaxSessions-p.awake()
	for _, s := range p.sessions {
		if s.phase != asleep && owner != "" && s.owner == owner {
			own++
		}
	}
	switch {
	case own > 0 && own+1 > free:
		return p.full(owner)
	case free < 1:
		return p.full("")
	}
	return nil
}

// full returns the error for a pool that holds as many sessions as it may, or as it
// may for an owner. The caller holds p.mu.
func (p *Pool) full(owner string) *sessions.CapacityError {
	e := &sessions.CapacityError{Limit: p.opts.MaxSessions}
	for _, s := range p.sessions {
		if s.phase == asleep || owner != "" && s.owner != owner {
			continue
		}
		if owner != "" {
			e.Own++
		}
		wait := max(time.Until(s.lastUsed.Add(p.opts.Cooldown)), time.Second)
		if p.opts.OnIdle == Hibernate {
			wait = min(wait, interpreter.AskAgain) // it may be found to be idle, and be evicted
		}
		if s.uses == 0 && (e.RetryAfter == 0 || wait < e.RetryAfter) {
			e.RetryAfter = wait
		}
	}
	return e
}
