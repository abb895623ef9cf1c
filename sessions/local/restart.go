package local

import (
	"context"

	"dynamic-sessions-mcp/sessions"
)

// restart has the next execution begin in a fresh interpreter because that was asked
// for. The caller has the session's turn. An error gives it back, if ctx has ended only
// when the old interpreter is gone.
func (p *Pool) restart(ctx context.Context, s *session) error {
	done := make(chan error, 1)
	p.work.Go(func() { done <- p.forget(s) })
	select {
	case err := <-done:
		if err != nil {
			<-s.turn
		}
		return err
	case <-ctx.Done():
		p.work.Go(func() {
			<-done
			<-s.turn
		})
		return ctx.Err()
	}
}

// forget gives up the interpreter of a session, unless it has run nothing yet.
func (p *Pool) forget(s *session) error {
	if p.phaseOf(s) != fresh {
		s.endIdleWatch()
		if err := s.instance.interpreter.Forget(); err != nil {
			return err
		}
		p.change(s, waking, idle)
		p.change(s, frozen, idle)
	}
	s.restart, s.rollback, s.rolledBackTo = sessions.RestartAsked, nil, nil
	return nil
}
