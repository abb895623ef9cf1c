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
	// roomWait is how long a session is waited for that was used a moment ago
	// and may turn out to be idle, roomLook the time between two looks.
	roomWait = 8 * time.Second
	roomLook = 200 * time.Millisecond
)

// withRoom calls take until it finds room in the pool, and makes room if that
// can be done.
//
// Who has as many sessions as one owner may makes room with their own.
func (p *Pool) withRoom(ctx context.Context, owner string, take func() error) error {
	for began := time.Now(); ; {
		err := take()
		if isMemory(err) && p.dropSpare() {
			continue
		}
		if !errors.Is(err, sessions.ErrNoCapacity) || p.opts.OnIdle != Hibernate {
			return err
		}
		idle, last := p.idle(ownerOver(err, owner))
		made, failed := await.Do(ctx, &p.work, func(ctx context.Context) (bool, error) {
			return slices.ContainsFunc(idle, func(s *session) bool { return ctx.Err() == nil && p.yield(s) }), nil
		})
		if failed != nil {
			return failed
		}
		if made {
			continue
		}
		if time.Since(last) > roomWait || time.Since(began) > roomWait {
			return err
		}
		select {
		case <-time.After(roomLook):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isMemory reports whether an error says that there is no memory for another
// session.
func isMemory(err error) bool {
	var full *sessions.CapacityError
	return errors.As(err, &full) && full.Memory > 0
}

// idle returns the sessions that are awake and not used, first the one that was
// unused for longest, and when one of them was used last: one that was used a
// moment ago has not been asked yet whether anything is left running in it.
// With an owner it returns only theirs.
func (p *Pool) idle(owner string) (idle []*session, last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sessions {
		if s.uses == 0 && s.phase != asleep && (owner == "" || s.owner == owner) {
			idle = append(idle, s)
		}
	}
	slices.SortFunc(idle, func(a, b *session) int { return a.lastUsed.Compare(b.lastUsed) })
	if n := len(idle); n > 0 {
		last = idle[n-1].lastUsed
	}
	return idle, last
}

// yield puts a session to sleep if that disturbs nothing in it.
func (p *Pool) yield(s *session) bool {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return false // it is used, or on its way to sleep
	}
	if _, made := s.inst.interpreter.Live(); made && p.mayRun(s) {
		return false
	}
	if s.inst.interpreter.Starting() {
		return false
	}
	select {
	case p.sleepers <- struct{}{}:
		defer func() { <-p.sleepers }()
	default:
		return false // others are being put to sleep, which makes room
	}
	return p.retire(s)
}

// mayRun reports whether something may be left running in a session, if it has an
// interpreter. The caller has its turn.
func (p *Pool) mayRun(s *session) bool {
	ph := p.phaseOf(s)
	return ph != fresh && ph != frozen
}

// ownerOver returns the owner if err says that they have too many sessions.
func ownerOver(err error, owner string) string {
	if full, ok := errors.AsType[*sessions.CapacityError](err); ok && full.Own > 0 {
		return owner
	}
	return ""
}
