package local

import (
	"context"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/datadir"
)

// watchIdleDisk watches the disk of a session in which nothing runs but what the last
// run may have left behind, until the next run or until the session is frozen or put
// to sleep. The caller has the session's turn.
func (p *Pool) watchIdleDisk(s *session) {
	s.endIdleWatch()
	if _, ok := s.instance.interpreter.Live(); !ok || s.ctx.Err() != nil {
		return
	}
	ctx, end := context.WithCancel(s.ctx)
	s.endWatch = end
	c := s.instance.files.Ceiling()
	p.work.Go(func() {
		s.instance.files.Watch(ctx, func(v datadir.Survey) {
			if c.Judge(v) != datadir.Below && p.intervene(ctx, s, &c) {
				end()
			}
		})
	})
}

// endIdleWatch ends what watchIdleDisk began, if anything. The caller has the
// session's turn.
func (s *session) endIdleWatch() {
	if s.endWatch != nil {
		s.endWatch()
		s.endWatch = nil
	}
}

// intervene ends the interpreter of an idle session that has filled its disk,
// and takes back what it wrote.
func (p *Pool) intervene(ctx context.Context, s *session, c *datadir.Ceiling) (done bool) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return false
	}
	live, ok := s.instance.interpreter.Live()
	if !ok || ctx.Err() != nil {
		return false
	}
	s.restart = sessions.RestartDisk
	s.instance.interpreter.Discard()
	live.WaitDead()
	s.untold = p.changes(s, c).Disk
	s.replace()
	p.opts.Logger.Warn().Str("reason", string(s.restart)).Msg("an idle session exceeded a limit")
	return true
}
