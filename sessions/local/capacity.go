package local

import (
	"context"
	"errors"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/await"
)

const (
	// evictWait is how long the pool waits for a session that was used a moment ago
	// and may turn out to be idle, evictInterval the time between two looks.
	evictWait     = 8 * time.Second
	evictInterval = 200 * time.Millisecond
)

// admit calls take until the pool has capacity for what it takes, and evicts
// sessions for it if that can be done: those of the owner if it is the owner who has
// too many.
func (p *Pool) admit(ctx context.Context, owner string, take func() error) error {
	for began := time.Now(); ; {
		err := take()
		if isMemory(err) && p.dropSpare() {
			continue
		}
		if !errors.Is(err, sessions.ErrNoCapacity) || p.opts.OnIdle != Hibernate {
			return err
		}
		unused, last := p.unused(ownerOver(err, owner))
		evicted, failed := await.Do(ctx, &p.work, func(ctx context.Context) (bool, error) {
			return slices.ContainsFunc(unused, func(s *session) bool { return ctx.Err() == nil && p.evict(s) }), nil
		})
		if failed != nil {
			return failed
		}
		if evicted {
			continue
		}
		if time.Since(last) > evictWait || time.Since(began) > evictWait {
			return err
		}
		select {
		case <-time.After(evictInterval):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// markAwake gives a session that sleeps a place among those that are awake, if
// there is one. The caller has the session's turn.
func (p *Pool) markAwake(s *session) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.phase != asleep {
		return nil
	}
	if err := p.checkCapacity(s.owner); err != nil {
		return err
	}
	if !p.fits(1) {
		return p.outOfMemory()
	}
	if s.instance.interpreter.Hibernated() {
		s.become(waking)
	} else {
		s.become(fresh)
	}
	return nil
}

// awake counts the sessions that do not sleep. The caller holds p.mu.
func (p *Pool) awake() int {
	n := 0
	for _, s := range p.sessions {
		if s.phase != asleep {
			n++
		}
	}
	return n
}

// isMemory reports whether an error says that there is no memory for another
// session.
func isMemory(err error) bool {
	full, ok := errors.AsType[*sessions.CapacityError](err)
	return ok && full.Memory > 0
}

// ownerOver returns the owner if err says that they have too many sessions.
func ownerOver(err error, owner string) string {
	if full, ok := errors.AsType[*sessions.CapacityError](err); ok && full.Own > 0 {
		return owner
	}
	return ""
}

// unused returns the sessions that are awake and not used, first the one that was
// unused for longest, and when one of them was used last: one that was used a
// moment ago has not been asked yet whether anything is left running in it. With an
// owner it returns only theirs.
func (p *Pool) unused(owner string) (unused []*session, last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sessions {
		if s.uses == 0 && s.phase != asleep && (owner == "" || s.owner == owner) {
			unused = append(unused, s)
		}
	}
	slices.SortFunc(unused, func(a, b *session) int { return a.lastUsed.Compare(b.lastUsed) })
	if n := len(unused); n > 0 {
		last = unused[n-1].lastUsed
	}
	return unused, last
}

// evict puts a session to sleep if that disturbs nothing in it.
func (p *Pool) evict(s *session) bool {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return false // it is used, or on its way to sleep
	}
	if _, live := s.instance.interpreter.Live(); live && p.mayRun(s) {
		return false
	}
	if s.instance.interpreter.Starting() {
		return false
	}
	select {
	case p.sleepers <- struct{}{}:
		defer func() { <-p.sleepers }()
	default:
		return false // others are being put to sleep, which frees their places
	}
	return p.hibernateIfUnused(s)
}

// mayRun reports whether something may be left running in a session, if it has an
// interpreter. The caller has its turn.
func (p *Pool) mayRun(s *session) bool {
	ph := p.phaseOf(s)
	return ph != fresh && ph != frozen
}
