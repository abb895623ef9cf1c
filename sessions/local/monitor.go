package local

import (
	"time"

	"dynamic-sessions-mcp/sessions/local/interpreter"

	"golang.org/x/sync/errgroup"
)

const (
	// monitorInterval is how often sessions in which no code runs are inspected.
	// Threads and processes that code has left behind can exceed limits too.
	monitorInterval = time.Second
	// inspectionsAtOnce is how many sessions are inspected at the same time: each may
	// keep its inspector waiting for a moment.
	inspectionsAtOnce = 4
)

// monitor inspects idle sessions until the pool is closed.
func (p *Pool) monitor() {
	tick := time.NewTicker(monitorInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-tick.C:
		}
		p.inspectAll()
		p.dropSleepers()
		p.freezeSpares()
		p.wantSpares()
	}
}

// inspectAll inspects every session, and returns when that is done.
func (p *Pool) inspectAll() {
	var inspections errgroup.Group
	inspections.SetLimit(inspectionsAtOnce)
	for _, s := range p.opened() {
		inspections.Go(func() error {
			p.inspect(s)
			return nil
		})
	}
	_ = inspections.Wait() // inspections do not fail
}

// opened returns the sessions that have an instance.
func (p *Pool) opened() []*session {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*session, 0, len(p.sessions))
	for _, s := range p.sessions {
		if s.instance != nil {
			all = append(all, s)
		}
	}
	return all
}

// inspect kills the interpreter of an idle session that exceeded a limit, and
// freezes one in which nothing is left running. A session in which code runs is
// watched by its run; the memory of all by the engine, and the disk of an idle one
// by watchIdleDisk.
func (p *Pool) inspect(s *session) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return
	}
	p.resolveWaking(s)
	live, ok := s.instance.interpreter.Live()
	ph := p.phaseOf(s)
	if !ok || ph == fresh {
		return
	}
	why := live.KilledFor()
	if why == "" {
		switch {
		case ph != frozen:
			p.freezeIfIdle(s, live)
		case p.wantsToKeep(s): // it could not be kept before
			p.keep(s)
			p.change(s, frozen, idle)
			p.freeze(s, live)
		}
		return
	}
	s.restart = interpreter.RestartFor(why)
	s.endIdleWatch()
	s.instance.interpreter.Discard()
	s.replace()
	p.opts.Logger.Warn().Str("reason", string(s.restart)).Msg("an idle session exceeded a limit")
}

// resolveWaking records how waking a session ended that nobody waits for any more.
// The caller has the session's turn.
func (p *Pool) resolveWaking(s *session) {
	if s.instance.interpreter.Starting() {
		return
	}
	next := idle
	if s.instance.interpreter.Hibernated() {
		next = asleep
	}
	p.change(s, waking, next)
}
