package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/local/await"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// Execute implements [sessions.Pool].
func (p *Pool) Execute(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	if err := req.Check(); err != nil {
		return nil, err
	}
	events := relay{to: req.Events, work: &p.work}
	defer events.close()
	if req.Events == nil {
		events.to = func(sessions.Event) {}
	}
	req.Events = events.post
	budget.FromContext(ctx).Join("session:" + string(id))
	s, made, release, err := p.acquireOrMake(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := s.takeTurn(ctx, req.Events); err != nil {
		return nil, p.explain(ctx, s, err)
	}
	if req.Restart {
		if err := p.restart(ctx, s); err != nil {
			return nil, p.explain(ctx, s, err)
		}
	}
	exec, err := p.executeNow(ctx, s, req)
	if err != nil {
		return nil, p.explain(ctx, s, err)
	}
	exec.NewSession = made
	return exec, nil
}

// takeTurn waits until no other execution of the session runs.
func (s *session) takeTurn(ctx context.Context, events func(sessions.Event)) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	default:
	}
	events(sessions.Event{Kind: sessions.EventWaiting, Text: "waiting for the code that already runs in this session"})
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// executeNow runs a request. The caller has the session's turn, which executeNow
// gives back.
func (p *Pool) executeNow(ctx context.Context, s *session, req sessions.Request) (*sessions.Execution, error) {
	live, err := p.getReady(ctx, s, req.Events)
	if err != nil {
		<-s.turn
		return nil, err
	}
	p.begin(s)
	r := &interpreter.Run{
		Interpreter: s.instance.interpreter, Live: live,
		Session: s.ctx, Folder: s.instance.files,
		Limit: p.timeout(req.Timeout), Shared: p.shared,
	}
	req.Events(sessions.Event{Kind: sessions.EventBegun})
	ended := s.markRun(req.Number)
	exec, err := r.Do(ctx, req)
	ended(err == nil)
	if err != nil && r.Restart != "" {
		s.restart = r.Restart
	}
	var untold *sessions.Disk
	late := make(chan struct{})
	if err == nil {
		exec.Incarnation, exec.Connections = s.instance.incarnation, live.TakeConnections()
		exec.Restart, s.restart = s.restart, r.Restart
		exec.Rollback, _ = s.takeRollback()
		untold, s.untold = s.untold, nil
		if req.Number > 0 {
			exec.Stopped = s.stopped.Swap(nil)
		}
	}
	done := p.tidyUp(s, r, late)
	if err != nil {
		close(late)
		return nil, err
	}
	p.complete(ctx, s, exec, done, patience(r), late)
	if exec.Disk == nil {
		exec.Disk = untold
	}
	return exec, nil
}

// complete adds to an answer what happened to files, if that is known in time, and whether
// the interpreter is back if the run has killed it. Then it gives the session's turn back, or
// closes late so that tidyUp does.
func (p *Pool) complete(ctx context.Context, s *session, x *sessions.Execution, done <-chan datadir.Changes, patience time.Duration, late chan struct{}) {
	known := false
	select {
	case c := <-done:
		known = true
		addChanges(x, c)
	case <-time.After(patience):
	}
	if x.VariablesLost {
		p.awaitRollback(ctx, s, x)
	}
	if !known {
		select {
		case c := <-done:
			known = true
			addChanges(x, c)
		default:
		}
	}
	if known {
		p.finish(s)
		return
	}
	x.FilesOmitted = -1
	close(late)
}

// begin records that code runs in a session. The caller has its turn.
func (p *Pool) begin(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.become(running)
}

// finish records that code has run in a session, and gives its turn back.
func (p *Pool) finish(s *session) {
	p.change(s, running, idle)
	<-s.turn
}

// getReady waits for everything that must be there before code runs in a session.
func (p *Pool) getReady(ctx context.Context, s *session, events func(sessions.Event)) (*interpreter.Live, error) {
	live, err := p.interpreterFor(ctx, s, events)
	if err != nil {
		return nil, err
	}
	s.endIdleWatch()
	p.engine.ShowFolders(ctx)
	_, err = await.Do(ctx, &p.work, func(context.Context) (struct{}, error) {
		s.instance.touch()
		return struct{}{}, nil
	})
	if err == nil {
		err = s.instance.files.LookFirst(ctx)
	}
	return live, err
}

func (p *Pool) timeout(asked time.Duration) time.Duration {
	if asked == 0 {
		return p.opts.MaxRun
	}
	return min(asked, p.opts.MaxRun)
}

// interpreterFor waits for the session's interpreter, and reports what it waits for
// as events. An interpreter that died since the last execution is replaced.
func (p *Pool) interpreterFor(ctx context.Context, s *session, events func(sessions.Event)) (*interpreter.Live, error) {
	if live, ok := s.instance.interpreter.Live(); ok {
		if !live.Ended() {
			p.thaw(s, live)
			s.takeRestart(live)
			return live, nil
		}
		s.instance.interpreter.Discard()
		if p.phaseOf(s) != fresh && s.restart == "" {
			s.restart = live.DeathReason()
		}
	}
	if err := p.admit(ctx, s.owner, func() error { return p.markAwake(s) }); err != nil {
		return nil, err
	}
	a := s.instance.interpreter.Begin()
	defer p.wantSpares()
	defer p.engine.WaitStart()()
	for {
		text, changed := p.status.Get()
		if text != "" {
			events(sessions.Event{Kind: sessions.EventWaiting, Text: text})
		}
		select {
		case <-a.Done():
			live, err := a.Result()
			if err != nil {
				p.change(s, waking, asleep)
				return nil, p.startError(err)
			}
			s.takeRestart(live)
			return live, nil
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
	}
}

// replace starts another interpreter in place of one that is gone, so that the
// next execution need not wait for all of it.
func (s *session) replace() {
	if s.ctx.Err() == nil {
		s.instance.interpreter.Begin()
	}
}

// takeRestart notes why an interpreter is a fresh one, or to what it went back, for the next
// answer.
func (s *session) takeRestart(live *interpreter.Live) {
	if why := live.TakeRestart(); why != "" {
		s.restart = why
	}
	if to := live.TakeRolledBack(); to != nil {
		untold := 0
		if s.rollback != nil {
			untold = s.rollback.Runs
		}
		s.rollback, s.rolledBackTo = &sessions.Rollback{Runs: to.Runs + untold, Why: s.restart}, to.Variables
		s.restart = ""
	}
}

// takeRollback returns to what the interpreter went back, and the variables that it has, once.
func (s *session) takeRollback() (*sessions.Rollback, *sessions.Variables) {
	r, to := s.rollback, s.rolledBackTo
	s.rollback, s.rolledBackTo = nil, nil
	if r != nil && r.Pending {
		return nil, nil // it never came: what there is begins anew, which is told
	}
	return r, to
}

// explain returns the error for the caller when the session or the pool ended.
func (p *Pool) explain(ctx context.Context, s *session, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case p.ctx.Err() != nil:
		return sessions.ErrClosed
	case s.ctx.Err() != nil:
		return fmt.Errorf("%w: it was stopped while the code ran", sessions.ErrNoSession)
	case errors.Is(err, kernel.ErrProtocol):
		return fmt.Errorf("the session broke its protocol: %w", err)
	}
	return err
}
