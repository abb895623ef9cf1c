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

// freezeIfIdle keeps the state of a session that is unused, and freezes its interpreter,
// if nothing is left running in it. The caller has the session's turn.
func (p *Pool) freezeIfIdle(s *session, live *interpreter.Live) {
	keep, freeze := p.wantsToKeep(s), live.CanBeIdle()
	if !keep && !freeze || !live.CanBeAsked() || !p.unusedFor(s, freezeAfter) {
		return
	}
	isIdle, err := live.IsIdle()
	if err != nil {
		s.instance.interpreter.Discard()
		s.restart = live.DeathReason()
	}
	if !isIdle {
		return
	}
	if keep {
		p.keep(s)
	}
	if freeze {
		p.freeze(s, live)
	}
}

// freeze freezes an interpreter that is idle. The caller has the session's turn.
func (p *Pool) freeze(s *session, live *interpreter.Live) {
	if live.Freeze(); live.Frozen() {
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
