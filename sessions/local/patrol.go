package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
)

// patrolInterval is how often sessions in which no code runs are looked at.
// Threads and processes that code has left behind can pass limits too.
const patrolInterval = time.Second

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
			idle = append(idle, s)
		}
		p.mu.Unlock()
		for _, s := range idle {
			p.inspect(s)
		}
		p.dropSleepers()
		p.freezeSpares()
		p.wantSpares()
	}
}

// inspect kills the interpreter of an idle session that has passed a limit, and
// freezes one in which nothing is left running. A session in which code runs is
// watched by its run.
func (p *Pool) inspect(s *session) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return
	}
	in, ok := s.box.interpreter.made()
	if !ok || !s.started || in.frozen {
		return
	}
	switch newMeterNow(p.opts, s.box, in).check() {
	case sessions.OutOfMemory:
		s.restart = sessions.RestartMemory
	case sessions.DiskFull:
		s.restart = sessions.RestartDisk
	default:
		p.settle(s, in)
		return
	}
	s.box.discard()
	s.replace()
	p.opts.Logger.Warn().Str("reason", string(s.restart)).Msg("an idle session passed a limit")
}
