package local

import "time"

// A phase is where a session is in its life:
//
//	                       ┌───────────────────────────┐
//	                       │        ┌─────────┐        │
//	                       ▼        ▼         │        │
//	opening ──▶ fresh ──▶ running ──▶ idle ──▶ frozen  │
//	   │ │        │ ▲                 ▲ │       │      │
//	   │ │        │ └──────────────┐  │ │       │      │
//	   │ └────────┼────────────────┼──┘ │       │      │
//	   │          ▼                │    ▼       ▼      │
//	   └────────▶ asleep ──────────┴──▶ waking ────────┘
//	                 ▲                     │
//	                 └─────────────────────┘      any of them ──▶ gone
//
// A phase is guarded by the pool's lock. From fresh on it is changed only by
// whoever has the session's turn, except that any session may be gone at any time.
type phase int

const (
	// opening: the session has a place in the pool, and its instance is being made or
	// found. It becomes fresh; or, if an earlier server left it, idle or asleep.
	opening phase = iota
	// fresh: there is a folder, and perhaps an interpreter, which has run nothing.
	// It becomes running with the first execution, or asleep, for which only the
	// files are kept.
	fresh
	// running: an execution has the turn, until its files are looked at. It becomes
	// idle.
	running
	// idle: code has run, and may have left something running. It becomes running,
	// frozen, or asleep.
	idle
	// frozen: nothing is left running, and the interpreter is stopped. It becomes
	// running, asleep, or idle, if it could not be put to sleep.
	frozen
	// asleep: there is no interpreter. It takes no place in the pool. It becomes
	// waking if its state is on the disk, and fresh if there is only a folder.
	asleep
	// waking: the session has a place again, and its interpreter is being restored;
	// until that answers its state stays on the disk. It becomes running; asleep if
	// it cannot be woken; idle if nobody waits for it any more.
	waking
	// gone: the session has ended. What is left of it is being removed, and its ID
	// may have another session by now. Nothing follows.
	gone
)

// String returns the name of a phase, for logs and tests.
func (p phase) String() string {
	return [...]string{"opening", "fresh", "running", "idle", "frozen", "asleep", "waking", "gone"}[p]
}

// A life is everything that says where a session is in its life, and since when.
// The pool's lock guards it as one value.
type life struct {
	phase    phase
	uses     int // calls under way, and the opening of its instance
	lastUsed time.Time
	cooldown *time.Timer // puts the session away; nil before it was first unused
	sleep    sleep
}

// A sleep is how a session sleeps, or failed to.
type sleep struct {
	since    time.Time // when it fell asleep
	size     int64     // bytes that its state takes on the disk
	failures int       // to put it to sleep, other than for want of space, since it last slept
	overdue  bool      // that it could not be put to sleep has been logged
}

// become changes the phase, unless the session is gone. The caller holds the
// pool's lock.
func (l *life) become(next phase) {
	if l.phase != gone {
		l.phase = next
	}
}

// leave changes the phase if it is a certain one. The caller holds the pool's
// lock.
func (l *life) leave(from, next phase) {
	if l.phase == from {
		l.phase = next
	}
}

// fallAsleep records that the session sleeps since a time, with a state of so many
// bytes. The caller holds the pool's lock.
func (l *life) fallAsleep(since time.Time, size int64) {
	l.become(asleep)
	l.sleep = sleep{since: since, size: size}
}

// hold begins a use of the session, which its cooldown must not end. The caller
// holds the pool's lock.
func (l *life) hold() {
	l.uses++
	l.stopCooldown()
}

func (l *life) stopCooldown() {
	if l.cooldown != nil {
		l.cooldown.Stop()
	}
}

// phaseOf returns the phase of a session. Only whoever has its turn can rely on it.
func (p *Pool) phaseOf(s *session) phase {
	p.mu.Lock()
	defer p.mu.Unlock()
	return s.phase
}

// change changes the phase of a session from one to another. The caller has its
// turn.
func (p *Pool) change(s *session, from, next phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.leave(from, next)
}
