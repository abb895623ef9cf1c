package local

import (
	"context"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Rollback
//
// The state of a session is kept when it has been idle for a moment, and its interpreter
// goes back to that when a run has killed it: see package interpreter. Here is when.

const (
	// keepShare is how much of one processor keeping states may take, for a longer time,
	// and keepBurst how much of its time at once.
	keepShare = 0.03
	keepBurst = 3 * time.Second
	// rollbackPatience is how long the answer to a run that killed its interpreter waits
	// until that is back.
	rollbackPatience = 10 * time.Second
)

// A keepBudget bounds the time that is spent on keeping states.
type keepBudget struct {
	mu   sync.Mutex
	left time.Duration
	at   time.Time // when that was left; zero for never
}

// allows reports whether there is time left.
func (b *keepBudget) allows(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	return b.left > 0
}

// spend takes time, which may be more than is left.
func (b *keepBudget) spend(now time.Time, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	b.left -= d
}

func (b *keepBudget) refill(now time.Time) {
	if b.at.IsZero() {
		b.left = keepBurst
	} else {
		b.left = min(keepBurst, b.left+time.Duration(keepShare*float64(now.Sub(b.at))))
	}
	b.at = now
}

// wantsToKeep reports whether the state of a session is to be kept. The caller has the
// session's turn.
func (p *Pool) wantsToKeep(s *session) bool {
	return p.opts.Rollback && s.instance.interpreter.NeedsKeeping() && p.keeping.allows(time.Now()) &&
		p.unusedFor(s, freezeAfter) && p.statesSize() < p.opts.SleepDisk
}

// keep keeps the state of a session whose interpreter is idle. The caller has its turn.
func (p *Pool) keep(s *session) {
	err := s.instance.interpreter.Keep(p.ctx, func(took time.Duration) { p.keeping.spend(time.Now(), took) })
	if err != nil {
		p.opts.Logger.Debug().Err(err).Msg("the state of a session is not kept")
	}
}

// statesSize returns the bytes that all states take on the disk.
func (p *Pool) statesSize() (bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sessions {
		if s.phase == asleep {
			bytes += s.sleep.size
		}
		if s.instance != nil {
			bytes += s.instance.interpreter.KeptSize()
		}
	}
	return bytes
}

// dropKept gives up kept states as long as all states take more of the disk than they may.
func (p *Pool) dropKept() {
	for _, s := range p.opened() {
		if p.statesSize() <= p.opts.SleepDisk {
			return
		}
		s.instance.interpreter.DropKept()
	}
}

// awaitRollback completes the answer to a run that has killed its interpreter, once that is
// back if it comes back. The caller has the session's turn.
func (p *Pool) awaitRollback(ctx context.Context, s *session, x *sessions.Execution) {
	in := s.instance.interpreter
	if !in.MayRollBack() {
		return
	}
	if before := x.Rollback; before != nil { // the run began in what had been rolled back: the next one adds to that
		s.rollback = &sessions.Rollback{Runs: before.Runs, Pending: true}
	}
	late := time.NewTimer(rollbackPatience)
	defer late.Stop()
	a := in.Begin()
	select {
	case <-a.Done():
	case <-late.C:
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	if !a.Ended() {
		x.VariablesLost, x.Rollback = false, &sessions.Rollback{Pending: true}
		return
	}
	live, err := a.Result()
	if err != nil {
		return
	}
	s.takeRestart(live)
	if r, to := s.takeRollback(); r != nil {
		r.Why = ""
		x.VariablesLost, x.Variables, x.Rollback = false, to, r
	}
}
