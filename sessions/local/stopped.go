package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
)

// A runMark says which run went on last in a named session, for the server that
// continues it if that run was stopped and nobody could be told.
type runMark struct {
	number int
	began  time.Time
	took   time.Duration // 0 while it goes on
}

// markRun notes that a run begins. The caller has the session's turn, and reports with
// ended how it ended: what was answered is told, and what was stopped is not.
func (s *session) markRun(number int) (ended func(answered bool)) {
	mark := runMark{number: number, began: time.Now()}
	s.mark.Store(&mark)
	return func(answered bool) {
		if answered {
			s.mark.Store(nil)
			return
		}
		mark := mark
		mark.took = time.Since(mark.began)
		s.mark.Store(&mark)
	}
}

// noteStopped leaves for the next server which run was stopped by the end of this one.
// It is called once nothing begins any more.
func (p *Pool) noteStopped(s *session) {
	f, ok := p.named.Made()
	stopped := s.stopped.Load()
	if mark := s.mark.Load(); mark != nil {
		took := mark.took
		if took == 0 {
			took = time.Since(mark.began)
		}
		stopped = &sessions.StoppedRun{Number: mark.number, After: took}
	}
	if !ok || stopped == nil {
		return
	}
	r, whole, err := f.read()
	if err == nil && whole {
		r.Stopped = stopped
		err = f.describe(r)
	}
	if err != nil {
		p.opts.Logger.Warn().Err(err).Msg("the next server cannot be told that code was stopped")
	}
}

// takeStopped returns what an earlier server has left, once.
func (f *namedFolder) takeStopped(r namedRecord) (*sessions.StoppedRun, error) {
	stopped := r.Stopped
	if stopped == nil {
		return nil, nil
	}
	r.Stopped = nil
	return stopped, f.describe(r)
}
