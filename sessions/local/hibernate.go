package local

import (
	"context"
	"errors"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/interpreter"

	"github.com/rs/zerolog"
)

// OnIdle says what happens to a session that nobody has used for its cooldown.
type OnIdle string

// What can happen to it.
const (
	// Hibernate writes the session to disk and frees its memory. The next
	// execution wakes it with everything as it was.
	Hibernate OnIdle = "hibernate"
	// Destroy removes the session, as Azure does.
	Destroy OnIdle = "destroy"
)

// Hibernation
//
//	           cooldown: checkpoint                 Execute: restore
//	  awake ───────────────────────────▶ asleep ────────────────────▶ awake
//	    ▲                                  │  │
//	    └── file operations leave it asleep┘  └── too old, or too many: removed
//
// Neither step loses anything when it fails. Putting a session to sleep
// stops its program, writes the checkpoint and makes the state of it. Only then
// is the program killed: if the disk is full, or anything else fails, it goes on,
// and the session stays awake until it is tried again. Sessions take turns at it, and
// how much of the disk is free is looked at before. Package interpreter does both
// steps; here is when, and what follows from failures.
//
// A session that is frozen, since nothing is left running in it, is put to sleep
// before its cooldown is over when the pool is full and another one is wanted, see
// evict.
//
// A session in which a task of asyncio is not done is not put to sleep before SleepAge
// is over, but for the end of the server: it is asked again after a while.
//
// A sleeping session has no process and no memory, but a state in its instance's
// folder, which is a few megabytes at most unless the session holds more than that.
// It does not count as one of the sessions that the pool may hold.

const (
	// sleepersAtOnce is how many sessions are put to sleep at a time.
	sleepersAtOnce = 2
	// sleepAgain bounds when a session that could not be put to sleep is tried
	// again: after another cooldown, but within these.
	sleepAgainMin = time.Second
	sleepAgainMax = 30 * time.Second
	// sleepsFailed is how often that may fail, other than for want of space, until
	// the session's variables are given up.
	sleepsFailed = 5
)

// hibernate puts a session to sleep whose cooldown is over, unless it is used again
// by now.
func (p *Pool) hibernate(s *session) {
	select {
	case p.sleepers <- struct{}{}:
		defer func() { <-p.sleepers }()
	case <-s.ctx.Done():
		return
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-s.ctx.Done():
		return
	}
	if live, ok := s.instance.interpreter.Live(); ok && p.phaseOf(s) == idle && live.HasTasks() {
		p.sleepLater(s)
		return
	}
	p.hibernateIfUnused(s)
}

// hibernateIfUnused puts a session to sleep that nobody uses, and reports whether it
// sleeps. The caller has its turn, and is one of the sleepers.
func (p *Pool) hibernateIfUnused(s *session) (done bool) {
	p.mu.Lock()
	wanted := s.uses == 0 && s.phase != asleep && s.ctx.Err() == nil
	p.mu.Unlock()
	if !wanted {
		return false
	}
	if err := p.putToSleep(p.ctx, s); err != nil {
		if p.ctx.Err() != nil {
			return false
		}
		if p.staysAwake(s, err) {
			level := zerolog.DebugLevel
			if p.noteOverdue(s) { // once is enough to know it
				level = zerolog.WarnLevel
			}
			p.opts.Logger.WithLevel(level).Err(err).Msg("a session could not be put to sleep; it stays awake, and that is tried again")
			p.sleepLater(s)
			return false
		}
		p.opts.Logger.Warn().Err(err).Msg("a session could not be put to sleep; its variables are lost, its files are kept")
		if p.phaseOf(s) != fresh {
			s.restart = sessions.RestartSleep
		}
		s.instance.interpreter.Discard()
	}
	size := s.instance.interpreter.StateSize()
	p.mu.Lock()
	s.fallAsleep(time.Now(), size)
	p.mu.Unlock()
	p.wantSpares()
	p.dropSleepers()
	return true
}

// staysAwake reports whether a session that could not be put to sleep can go on
// as it is, and counts the failure.
func (p *Pool) staysAwake(s *session, err error) bool {
	live, ok := s.instance.interpreter.Live()
	if !ok || live.Ended() || errors.Is(err, interpreter.ErrStateTooLarge) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !interpreter.IsFull(err) {
		s.sleep.failures++
	}
	return s.sleep.failures < sleepsFailed
}

// noteOverdue records that a session could not be put to sleep when it should,
// and reports whether that is news.
func (p *Pool) noteOverdue(s *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := s.sleep.overdue
	s.sleep.overdue = true
	return !was
}

// sleepLater has a session put to sleep once more in a while. One that has not
// been for SleepAge is removed then, see expire.
func (p *Pool) sleepLater(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || s.uses > 0 || s.phase == gone {
		return
	}
	s.stopCooldown()
	wait := min(max(p.opts.Cooldown, sleepAgainMin), sleepAgainMax)
	wait = max(wait, time.Until(s.lastUsed.Add(p.opts.Cooldown)))
	s.cooldown = time.AfterFunc(wait, func() { p.expire(s) })
}

// putToSleep writes the interpreter's state and ends it. If that fails the
// interpreter goes on as if nothing had happened, unless it died of it. When ctx ends
// it stops waiting for space on the disk. The caller has the session's turn.
func (p *Pool) putToSleep(ctx context.Context, s *session) error {
	in := s.instance.interpreter
	in.StartedBefore(nil) // it may be being started or woken
	if in.Hibernated() {
		return nil // it was to be woken, and could not be
	}
	s.endIdleWatch()
	live, ok := in.Live()
	if !ok || p.phaseOf(s) == fresh {
		in.Discard()
		return nil // there is nothing to keep but the files
	}
	err := in.Hibernate(ctx)
	if err != nil && !live.Frozen() {
		p.change(s, frozen, idle)
	}
	return err
}

// dropSleepers removes the sessions that have slept for too long, and those that have
// slept for longest as long as all states take more of the disk than they may.
func (p *Pool) dropSleepers() {
	var sleepers []*session
	var total int64
	p.mu.Lock()
	for _, s := range p.sessions {
		if s.phase == asleep && s.uses == 0 {
			sleepers = append(sleepers, s)
			total += s.sleep.size
		}
	}
	slices.SortFunc(sleepers, func(a, b *session) int { return a.sleep.since.Compare(b.sleep.since) })
	dropped := 0
	for _, s := range sleepers {
		if total <= p.opts.SleepDisk && time.Since(s.sleep.since) <= p.opts.SleepAge {
			break
		}
		total -= s.sleep.size
		p.remove(s)
		dropped++
	}
	p.mu.Unlock()
	p.dropKept()
	if dropped > 0 {
		p.opts.Logger.Info().Int("sessions", dropped).Msg("sleeping sessions are removed: they slept for too long, or their states take more of the disk than they may")
	}
}
