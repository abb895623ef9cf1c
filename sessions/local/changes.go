package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
)

const (
	// tidyPatience is how long an answer waits until it is known what happened to the
	// session's files, tidyPatienceLate is that time after a time-out, and
	// tidyPatienceLost after the interpreter was lost, whose memory the host has to
	// free first. The session is not used before that is known.
	tidyPatience     = 2 * time.Second
	tidyPatienceLate = 400 * time.Millisecond
	tidyPatienceLost = 5 * time.Second
)

// patience is how long an answer may wait until it is known what happened to files.
func patience(r *interpreter.Run) time.Duration {
	switch {
	case r.Verdict == sessions.TimedOut:
		return tidyPatienceLate
	case r.Lost:
		return tidyPatienceLost
	}
	return tidyPatience
}

// tidyUp finds out what a run did to the session's files. Once late is closed
// nobody waits for that any more, and the session's turn is given back here.
func (p *Pool) tidyUp(s *session, r *interpreter.Run, late <-chan struct{}) <-chan datadir.Changes {
	done := make(chan datadir.Changes)
	p.work.Go(func() {
		if r.Lost {
			r.Live.WaitDead()
		}
		x := p.changes(s, &r.Ceiling)
		p.watchIdleDisk(s)
		select {
		case done <- x:
		case <-late:
			s.untold = x.Disk
			p.finish(s)
		}
	})
	return done
}

// changes returns what changed in a session's folder, and takes back what is too
// much. The caller has the session's turn.
func (p *Pool) changes(s *session, c *datadir.Ceiling) datadir.Changes {
	x, err := s.instance.files.Changes(s.ctx, c, s.killForDisk)
	if err != nil && s.ctx.Err() == nil {
		p.opts.Logger.Warn().Err(err).Msg("a session's files could not be counted")
	}
	return x
}

// killForDisk kills the interpreter and returns when it can write no more: nothing
// else frees the space of files that it has deleted and holds open. It reports false
// if there is no interpreter.
func (s *session) killForDisk() bool {
	live, ok := s.instance.interpreter.Live()
	if !ok {
		return false
	}
	s.restart = sessions.RestartDisk
	s.instance.interpreter.Discard()
	live.WaitDead()
	s.replace()
	return true
}

// addChanges adds to an answer what happened to files.
func addChanges(x *sessions.Execution, c datadir.Changes) {
	x.Files, x.FilesOmitted, x.Disk = c.Files, c.Omitted, c.Disk
	x.VariablesLost = x.VariablesLost || c.Killed
	if x.Status == sessions.Succeeded && c.Disk != nil && c.Disk.Removed > 0 {
		x.Status = sessions.DiskFull // it ended before it could be stopped
	}
}
