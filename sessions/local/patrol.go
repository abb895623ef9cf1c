package local

import (
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// patrolInterval is how often sessions in which no code runs are looked at.
// Threads and processes that code has left behind can pass limits too.
const patrolInterval = time.Second

// patrolSquad is how many sessions are looked at at once.
const patrolSquad = 4

// patrol looks after idle sessions until the pool is closed.
func (p *Pool) patrol() {
	tick := time.NewTicker(patrolInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-tick.C:
		}
		p.mu.Lock()
		idle := make([]*session, 0, len(p.sessions))
		for _, s := range p.sessions {
			if s.inst != nil {
				idle = append(idle, s)
			}
		}
		p.mu.Unlock()
		inSquads(idle, p.inspect)
		p.dropSleepers()
		p.freezeSpares()
		p.wantSpares()
	}
}

// inSquads calls f with every session, a few at a time: each may keep its
// inspector waiting for a moment.
func inSquads(all []*session, f func(*session)) {
	var squad sync.WaitGroup
	next := make(chan *session)
	for range patrolSquad {
		squad.Go(func() {
			for s := range next {
				f(s)
			}
		})
	}
	for _, s := range all {
		next <- s
	}
	close(next)
	squad.Wait()
}

// resolveWaking records what became of waking a session that nobody waits for any
// more. The caller has the session's turn.
func (p *Pool) resolveWaking(s *session) {
	if s.inst.interpreter.Starting() {
		return
	}
	next := idle
	if s.inst.interpreter.Hibernated() {
		next = asleep
	}
	p.change(s, waking, next)
}

// inspect kills the interpreter of an idle session that has passed a limit, and
// freezes one in which nothing is left running. A session in which code runs is
// watched by its run, its memory by memoryWatch, and its disk at all times: see
// keepVigil.
func (p *Pool) inspect(s *session) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return
	}
	p.resolveWaking(s)
	live, ok := s.inst.interpreter.Live()
	ph := p.phaseOf(s)
	if !ok || ph == fresh {
		return
	}
	why := live.KilledFor()
	if why == "" {
		if ph != frozen {
			p.freezeIfIdle(s, live)
		}
		return
	}
	s.restart = interpreter.RestartFor(why)
	s.endVigil()
	s.inst.interpreter.Discard()
	s.replace()
	p.opts.Logger.Warn().Str("reason", string(s.restart)).Msg("an idle session passed a limit")
}
