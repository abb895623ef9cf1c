package local

import (
	"time"
)

// An idle interpreter is stopped altogether, as a sandbox costs processor time
// for as long as it exists. That is done only when nothing in it has anything
// left to do: no thread, no process, no timer, and no library at work.
const (
	// settleAge is when an interpreter and its sandbox have given back what their
	// start took.
	settleAge = 4 * time.Second
	// restAfter is how long a session must be unused before it is asked.
	restAfter = time.Second
	// restAgain is how long one that had something to do is left in peace.
	restAgain = 10 * time.Second
	// restCPU is the processor time since its last execution up to which an
	// interpreter counts as idle.
	restCPU = 20 * time.Millisecond
)

// A freezer is a process that can be stopped and go on.
type freezer interface {
	Freeze() error
	Thaw() error
}

// A rest is what is known about an interpreter that might be frozen. It is
// guarded by the turn of its session, or by the pool's mu while it is a spare.
type rest struct {
	frozen bool
	next   time.Time // when it may be asked again
}

// settled reports whether the interpreter has been there for a while.
func (in *interpreter) settled() bool { return time.Since(in.ready) >= settleAge }

func (in *interpreter) freeze() {
	if f, ok := in.process.(freezer); ok && !in.frozen {
		in.frozen = f.Freeze() == nil
		in.memory.frozen.Store(in.frozen)
	}
}

// thaw lets an interpreter go on. It must be called before anything else is
// wanted of it but its death.
func (in *interpreter) thaw() {
	if in.frozen {
		_ = in.process.(freezer).Thaw() // one that is gone shows that by itself
		in.memory.frozen.Store(false)
	}
	in.rest = rest{}
}

// settle freezes the interpreter of a session that is idle, if nothing is left
// running in it. The caller has the session's turn.
func (p *Pool) settle(s *session, in *interpreter) {
	if _, can := in.process.(freezer); !can || in.frozen || !in.settled() || time.Now().Before(in.next) {
		return
	}
	p.mu.Lock()
	idle := s.uses == 0 && time.Since(s.lastUsed) >= restAfter
	p.mu.Unlock()
	if !idle {
		return
	}
	r, err := in.conn.IdleReport()
	switch {
	case err != nil:
		s.box.discard()
		s.restart = in.deathReason()
	case r.Idle && r.CPU <= restCPU:
		in.freeze()
		s.endVigil()
	default:
		in.next = time.Now().Add(restAgain)
	}
}
