package local

import (
	"context"
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// A run is one execution from its first byte to its end. Code that has to stop
// early is interrupted first and killed if it does not heed that.
type run struct {
	pool        *Pool
	session     *session
	interpreter *interpreter
	limit       time.Duration
	began       time.Time

	verdict sessions.Status  // why the code was stopped; "" while nobody did
	killed  bool             // the interpreter, by us
	restart sessions.Restart // what the next execution is told
}

// ended is what the kernel has to say in the end.
type ended struct {
	outcome *kernel.Outcome
	err     error
}

// do runs the code and watches it.
func (r *run) do(ctx context.Context, req sessions.Request) (*sessions.Execution, error) {
	r.interpreter.comeBack()
	r.began = time.Now()
	end := make(chan ended, 1)
	r.pool.work.Go(func() {
		outcome, err := r.interpreter.conn.ExecuteWithin(budget.FromContext(ctx), req.Code, req.Events)
		end <- ended{outcome, err}
	})
	result := r.watch(ctx, end)
	duration := time.Since(r.began)
	r.noteMemory(result.err)
	if r.killed && result.err == nil {
		result.err = kernel.ErrDied // its answer was on the way when it was killed
	}
	if result.err != nil {
		// Whatever is wrong with it, it is of no use any more.
		r.session.box.discard()
		r.noteRestart()
		r.session.replace()
	}
	if err := ctx.Err(); err != nil && r.verdict == canceled {
		r.session.restart = firstOf(r.restart, r.session.restart)
		return nil, err
	}
	if err := r.session.ctx.Err(); err != nil {
		return nil, err
	}
	if result.outcome == nil {
		result.outcome = &kernel.Outcome{}
	}
	return r.execution(result, duration), nil
}

// canceled is the verdict on code that nobody waits for any more. It never
// leaves the package.
const canceled sessions.Status = "canceled"

// watch waits for the end of the code, and brings it about when it must.
func (r *run) watch(ctx context.Context, end <-chan ended) ended {
	timeUp := time.NewTimer(r.limit)
	defer timeUp.Stop()
	meter := newMeter(r.pool.opts, r.session.box)
	defer meter.stop()
	var graceOver, again <-chan time.Time
	stop := func(verdict sessions.Status) {
		if r.verdict != "" {
			return
		}
		r.verdict = verdict
		_ = r.interpreter.conn.Interrupt() // an interpreter that cannot be told is killed soon
		graceOver, again = time.After(grace), time.Tick(insistence)
	}
	done := ctx.Done()
	for {
		select {
		case e := <-end:
			return e
		case <-r.interpreter.memory.over:
			return <-end // it is being killed
		case <-timeUp.C:
			stop(sessions.TimedOut)
		case <-done:
			done = nil
			stop(canceled)
		case <-meter.ticks():
			r.giveWay()
			if meter.check() == sessions.DiskFull {
				stop(sessions.DiskFull)
			}
		case <-again:
			_ = r.interpreter.conn.Interrupt()
		case <-graceOver:
			again = nil
			r.kill()
		case <-r.session.ctx.Done():
			r.kill()
			return <-end
		}
	}
}

func (r *run) kill() {
	r.killed = true
	r.interpreter.Kill()
}

// noteRestart keeps why the interpreter is gone, for the next execution.
func (r *run) noteRestart() {
	switch {
	case !r.killed:
		r.restart = sessions.RestartDied
	case restartFor(r.verdict) != "":
		r.restart = restartFor(r.verdict)
	case r.verdict == sessions.DiskFull:
		r.restart = sessions.RestartDisk
	case r.verdict == sessions.TimedOut:
		r.restart = sessions.RestartTimedOut
	default:
		r.restart = sessions.RestartCanceled
	}
}

// execution builds the answer.
func (r *run) execution(e ended, duration time.Duration) *sessions.Execution {
	o := e.outcome
	x := &sessions.Execution{
		Status:          r.status(e),
		Stdout:          o.Stdout,
		Stderr:          o.Stderr,
		Truncated:       o.Truncated,
		Result:          o.Result,
		Text:            o.Text,
		Displays:        o.Displays,
		DisplaysDropped: o.DisplaysDropped,
		ShortOfMemory:   o.ShortOfMemory,
		Duration:        duration,
		VariablesLost:   e.err != nil,
	}
	if x.Status == sessions.Failed {
		x.Error = o.Error
	}
	if len(x.Result) == 0 {
		x.Result = []byte(`""`)
	}
	return x
}

func (r *run) status(e ended) sessions.Status {
	switch {
	case restartFor(r.verdict) != "":
		return r.verdict
	case e.err != nil && !r.killed && !errors.Is(e.err, kernel.ErrProtocol):
		return sessions.Died
	case e.err != nil && r.verdict == "":
		return sessions.Died
	case r.verdict == sessions.TimedOut, r.verdict == sessions.DiskFull:
		if e.err == nil && !e.outcome.Interrupted && e.outcome.Error == nil {
			return sessions.Succeeded // it ended just before the interrupt
		}
		return r.verdict
	case e.outcome.Error != nil:
		return sessions.Failed
	}
	return sessions.Succeeded
}

func firstOf(a, b sessions.Restart) sessions.Restart {
	if a != "" {
		return a
	}
	return b
}
