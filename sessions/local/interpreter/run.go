package local

import (
	"context"
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/local/datadir"
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
	lost    bool             // the interpreter is of no use any more
	ceiling datadir.Ceiling  // what the code may leave on the disk
	restart sessions.Restart // what the next execution is told
}

// ended is what the kernel has to say in the end.
type ended struct {
	outcome *kernel.Outcome
	err     error
}

// do runs the code, or the command, and watches it.
func (r *run) do(ctx context.Context, req sessions.Request) (*sessions.Execution, error) {
	r.interpreter.comeBack()
	r.began = time.Now()
	end := make(chan ended, 1)
	r.pool.work.Go(func() {
		outcome, err := r.interpreter.conn.RunWithin(budget.FromContext(ctx), req)
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
		r.lost = true
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

// lookInterval is how often it is looked at whether code ought to give way.
const lookInterval = 100 * time.Millisecond

// killPatience is how long the end of a killed interpreter may be in coming
// before it is taken for granted.
const killPatience = 150 * time.Millisecond

// watch waits for the end of the code, and brings it about when it must. It
// waits for nothing else: what may take its time is done elsewhere.
func (r *run) watch(ctx context.Context, end <-chan ended) ended {
	timeUp := time.NewTimer(r.limit)
	defer timeUp.Stop()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	surveys, endSurveys := r.watchDisk()
	defer endSurveys()
	var graceOver, again, late <-chan time.Time
	kill := func() {
		again, graceOver = nil, nil
		if !r.killed {
			r.kill()
			late = time.After(killPatience)
		}
	}
	stop := func(verdict sessions.Status) {
		if r.verdict != "" {
			return
		}
		r.verdict = verdict
		_ = r.interpreter.conn.Interrupt() // an interpreter that cannot be told is killed soon
		graceOver, again = time.After(grace), time.Tick(insistence)
	}
	done, gone, over := ctx.Done(), r.session.ctx.Done(), r.interpreter.memory.over
	for {
		select {
		case e := <-end:
			return e
		case <-over: // it is being killed
			over, again, graceOver = nil, nil, nil
			late = time.After(killPatience)
		case <-timeUp.C:
			stop(sessions.TimedOut)
		case <-done:
			done = nil
			stop(canceled)
		case <-look.C:
			r.giveWay()
		case v := <-surveys:
			switch r.ceiling.Judge(v) {
			case datadir.Above:
				stop(sessions.DiskFull)
			case datadir.FarAbove:
				stop(sessions.DiskFull)
				kill()
			}
		case <-again:
			_ = r.interpreter.conn.Interrupt()
		case <-graceOver:
			kill()
		case <-gone:
			gone = nil
			kill()
		case <-late:
			r.interpreter.conn.Abandon()
		}
	}
}

// watchDisk has the session surveyed until the watch is ended.
func (r *run) watchDisk() (found <-chan datadir.Survey, end func()) {
	ctx, cancel := context.WithCancel(r.session.ctx)
	surveys := make(chan datadir.Survey)
	r.pool.work.Go(func() {
		r.session.box.files.Watch(ctx, func(v datadir.Survey) {
			select {
			case surveys <- v:
			case <-ctx.Done():
			}
		})
	})
	return surveys, cancel
}

// kill ends the interpreter. What is left of it is cleared away elsewhere.
func (r *run) kill() {
	r.killed = true
	r.pool.work.Go(r.interpreter.Kill)
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
		ExitCode:        o.ExitCode,
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
