package local

import (
	"context"
	"slices"
)

// makeRoom puts that session to sleep which was unused for longest, of those in
// which nothing is left running. It reports false if there is none: then the
// pool is full indeed.
func (p *Pool) makeRoom(ctx context.Context) bool {
	if p.opts.OnIdle != Hibernate {
		return false
	}
	var idle []*session
	p.mu.Lock()
	for _, s := range p.sessions {
		if s.uses == 0 && !s.asleep {
			idle = append(idle, s)
		}
	}
	slices.SortFunc(idle, func(a, b *session) int { return a.lastUsed.Compare(b.lastUsed) })
	p.mu.Unlock()
	return slices.ContainsFunc(idle, func(s *session) bool { return ctx.Err() == nil && p.yield(s) })
}

// yield puts a session to sleep if that disturbs nothing in it.
func (p *Pool) yield(s *session) bool {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return false // it is used, or on its way to sleep
	}
	if in, made := s.box.interpreter.made(); made && s.started && !in.frozen {
		return false
	}
	return p.retire(s)
}
