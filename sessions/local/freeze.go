package local

import (
	"time"

	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// freezeAfter is how long a session must be unused before its interpreter is asked
// whether it is idle.
const freezeAfter = time.Second

// thaw lets the interpreter of a session go on. The caller has the session's turn.
func (p *Pool) thaw(s *session, live *interpreter.Live) {
	live.Thaw()
	p.change(s, frozen, idle)
}

// freezeIfIdle freezes the interpreter of a session that is unused, if nothing is
// left running in it. The caller has the session's turn.
func (p *Pool) freezeIfIdle(s *session, live *interpreter.Live) {
	if !live.CanBeIdle() || !p.unusedFor(s, freezeAfter) {
		return
	}
	switch isFrozen, err := live.FreezeIfIdle(); {
	case err != nil:
		s.instance.interpreter.Discard()
		s.restart = live.DeathReason()
	case isFrozen:
		p.change(s, idle, frozen)
		s.endIdleWatch()
	}
}

// unusedFor reports whether nobody has used a session for a while.
func (p *Pool) unusedFor(s *session, d time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return s.uses == 0 && time.Since(s.lastUsed) >= d
}

// shared reports whether several sessions are awake.
func (p *Pool) shared() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.awake() > 1
}
