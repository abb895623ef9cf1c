package local

import (
	"time"

	"dynamic-sessions-mcp/sessions"
)

const (
	// tidyPatience is how long an answer waits for what is to be said about the
	// session's files. The session is not used before that is known.
	// A call whose time is up has no more of it.
	tidyPatience     = 2 * time.Second
	tidyPatienceLate = 400 * time.Millisecond
	// deathPatience is how long a killed interpreter is waited for before its
	// session's files are looked at.
	deathPatience = 5 * time.Second
	// trims is how often a session is brought back to what it may have, in which
	// code left running goes on to write.
	trims = 3
)

// A tidying is what is done with a session's files after a run, or when its
// code has written too much without one. It has the session's turn.
type tidying struct {
	pool    *Pool
	session *session
	ceiling *ceiling

	removed int  // files and folders
	killed  bool // the interpreter, since it held what it had deleted
}

// A tidied session is what an answer says about files.
type tidied struct {
	files   []sessions.File
	omitted int
	disk    *sessions.Disk
	killed  bool
}

// run finds out what the last run changed, and takes back what is too much.
func (t *tidying) run() tidied {
	s := t.session
	before, whole, since := s.stamps, !s.cut, s.tidied
	at := time.Now()
	v, err := t.fit()
	if err != nil {
		if s.ctx.Err() == nil {
			t.pool.opts.Logger.Warn().Err(err).Msg("a session's files could not be counted")
		}
		return tidied{omitted: -1, killed: t.killed}
	}
	s.stamps, s.cut, s.tidied = v.stamps, v.cut, at
	s.arrivals.moveTo(before)
	result := tidied{disk: t.ceiling.describe(v, t.removed), killed: t.killed}
	now := v.stamps
	if !whole {
		now = now.since(since.Add(-clockSlack))
	}
	result.files, result.omitted = now.changedSince(before)
	if !whole || v.cut {
		result.omitted = -1
	}
	return result
}

// fit surveys the session until it has no more than it may, which it is brought
// to. A file that is removed and still open goes on to take room: that of a few is
// made up for with others, but code that hides more than a tenth of the limit so,
// or is at it to the last, is killed.
func (t *tidying) fit() (survey, error) {
	s, hidden := t.session, t.ceiling.limit.tenth()
	v, err := s.box.survey(s.ctx, true)
	for round := 1; round <= trims && err == nil && t.ceiling.judge(v) != below; round++ {
		if round == trims || v.held.exceeds(hidden) {
			// What it wrote since it was surveyed counts as well.
			if v, err = t.kill(v); err != nil {
				break
			}
		}
		if err = t.trim(v); err == nil {
			v, err = s.box.survey(s.ctx, true)
		}
	}
	return v, err
}

// trim takes back what the code has added.
func (t *tidying) trim(v survey) error {
	s := t.session
	trim := trimmer{
		ctx: s.ctx, since: s.tidied, before: s.stamps, arrivals: &s.arrivals, account: s.box.account,
		excess: v.usage.minus(t.ceiling.allowed(v)),
	}
	err := trim.trim(s.box)
	t.removed += trim.removed
	return err
}

// kill ends the interpreter, if there is one, and surveys the session again.
// Nothing else gives the room of files back which it holds and has deleted.
func (t *tidying) kill(v survey) (survey, error) {
	s := t.session
	in, ok := s.box.interpreter.made()
	if !ok {
		return v, nil
	}
	t.killed = true
	s.restart = sessions.RestartDisk
	s.box.discard()
	in.waitDead()
	s.replace()
	return s.box.survey(s.ctx, true)
}

// waitDead waits until an interpreter that was killed can write no more.
func (in *interpreter) waitDead() {
	select {
	case <-in.Done():
	case <-time.After(deathPatience):
	}
}

// tidyUp tidies a session after a run. Once late is closed nobody waits for what
// it finds, and the session's turn is given back here.
func (p *Pool) tidyUp(s *session, r *run, late <-chan struct{}) <-chan tidied {
	done := make(chan tidied)
	p.work.Go(func() {
		if r.lost {
			r.interpreter.waitDead()
		}
		t := tidying{pool: p, session: s, ceiling: &r.ceiling}
		result := t.run()
		p.keepVigil(s)
		select {
		case done <- result:
		case <-late:
			s.untold = result.disk
			<-s.turn
		}
	})
	return done
}
