package interpreter

import (
	"context"
	"errors"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// grace is how long code may go on after it was interrupted, before its
// interpreter is killed.
const grace = 2 * time.Second

// insistence is how often it is interrupted again meanwhile: code often takes
// an interrupt for any other exception and goes on with its next step.
const insistence = 200 * time.Millisecond

// A Run is one execution from its first byte to its end. Code that has to stop
// early is interrupted first and killed if it does not heed that.
type Run struct {
	Interpreter *Interpreter
	Live        *Live
	Session     context.Context // ends with the session
	Folder      *datadir.Dir
	Limit       time.Duration
	// Shared reports whether there are other sessions that could suffer from code
	// that runs for long. It must not wait.
	Shared func() bool

	// Set by Do:
	Verdict sessions.Status  // why the code was stopped; "" if nobody did
	Lost    bool             // the interpreter is of no use any more, and discarded
	Ceiling datadir.Ceiling  // what the code may leave on the disk
	Restart sessions.Restart // why the next execution begins in a fresh interpreter, if Lost

	began  time.Time
	killed bool // the interpreter, by us
}

// ended is what the kernel answered in the end.
type ended struct {
	outcome *kernel.Outcome
	err     error
}

// Do runs the code, or the command, and watches it. It returns the error of ctx if the
// code was stopped because ctx ended, and that of Session if the session ended.
func (r *Run) Do(ctx context.Context, req sessions.Request) (*sessions.Execution, error) {
	r.Live.restorePriority()
	r.began = time.Now()
	r.Ceiling = r.Folder.Ceiling()
	end := make(chan ended, 1)
	defer r.Interpreter.askThrough(req.Ask)()
	r.owner().Go(func() {
		outcome, err := r.Live.conn.RunWithin(budget.FromContext(ctx), req)
		end <- ended{outcome, err}
	})
	if req.Command == nil {
		r.Interpreter.countRun()
	}
	result := r.watch(ctx, req.Stop, end)
	duration := time.Since(r.began)
	r.noteMemory(result.err)
	if r.killed && result.err == nil {
		result.err = kernel.ErrDied // its answer was on the way when it was killed
	}
	if result.err != nil {
		// Whatever is wrong with the interpreter, it cannot be used any more.
		r.Lost = true
		r.Interpreter.Discard()
		r.noteRestart()
		if r.Session.Err() == nil {
			r.Interpreter.Begin() // so that the next execution need not wait for all of it
		}
	}
	if err := ctx.Err(); err != nil && r.Verdict == canceled {
		return nil, err
	}
	if err := r.Session.Err(); err != nil {
		return nil, err
	}
	if result.err == nil {
		r.Interpreter.noteVariables(result.outcome.Variables)
	}
	if result.outcome == nil {
		result.outcome = &kernel.Outcome{}
	}
	return r.execution(result, duration), nil
}

// canceled is the verdict on code that nobody waits for any more. It never
// leaves the package.
const canceled sessions.Status = "canceled"

// lookInterval is how often it is decided whether code is to be deprioritized.
const lookInterval = 100 * time.Millisecond

// killPatience is how long a killed interpreter's end is waited for before it is
// assumed.
const killPatience = 150 * time.Millisecond

// watch waits for the end of the code, and stops it when it must. It waits for nothing
// else: whatever may take long is done in other goroutines.
func (r *Run) watch(ctx context.Context, stopped <-chan struct{}, end <-chan ended) ended {
	timeUp := time.NewTimer(r.Limit)
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
		if r.Verdict != "" {
			return
		}
		r.Verdict = verdict
		_ = r.Live.conn.Interrupt() // an interpreter that cannot be told is killed soon
		graceOver, again = time.After(grace), time.Tick(insistence)
	}
	done, gone, over := ctx.Done(), r.Session.Done(), r.Live.memory.over
	for {
		select {
		case e := <-end:
			return e
		case <-over: // it is being killed
			over, again, graceOver = nil, nil, nil
			late = time.After(killPatience)
		case <-timeUp.C:
			stop(sessions.TimedOut)
		case <-stopped:
			stopped = nil
			stop(sessions.Stopped)
		case <-done:
			done = nil
			stop(canceled)
		case <-look.C:
			r.deprioritize()
		case v := <-surveys:
			switch r.Ceiling.Judge(v) {
			case datadir.Above:
				stop(sessions.DiskFull)
			case datadir.FarAbove:
				stop(sessions.DiskFull)
				kill()
			}
		case <-again:
			_ = r.Live.conn.Interrupt()
		case <-graceOver:
			kill()
		case <-gone:
			gone = nil
			kill()
		case <-late:
			r.Live.conn.Abandon()
		}
	}
}

// watchDisk has the session surveyed until the watch is ended.
func (r *Run) watchDisk() (found <-chan datadir.Survey, end func()) {
	ctx, cancel := context.WithCancel(r.Session)
	surveys := make(chan datadir.Survey)
	r.owner().Go(func() {
		r.Folder.Watch(ctx, func(v datadir.Survey) {
			select {
			case surveys <- v:
			case <-ctx.Done():
			}
		})
	})
	return surveys, cancel
}

// kill kills the interpreter in a goroutine of its own, and does not wait for it.
func (r *Run) kill() {
	r.killed = true
	r.owner().Go(r.Live.Kill)
}

// noteRestart records why the interpreter is gone, for the next execution.
func (r *Run) noteRestart() {
	switch {
	case !r.killed:
		r.Restart = sessions.RestartDied
	case RestartFor(r.Verdict) != "":
		r.Restart = RestartFor(r.Verdict)
	case r.Verdict == sessions.DiskFull:
		r.Restart = sessions.RestartDisk
	case r.Verdict == sessions.TimedOut:
		r.Restart = sessions.RestartTimedOut
	default:
		r.Restart = sessions.RestartCanceled
	}
}

// execution builds the answer.
func (r *Run) execution(e ended, duration time.Duration) *sessions.Execution {
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
		Outputs:         o.Outputs,
		Late:            o.Late,
		Duration:        duration,
		Variables:       o.Variables,
		VariablesLost:   e.err != nil,
	}
	switch x.Status {
	case sessions.Failed:
		x.Error = o.Error
	case sessions.OutOfMemory:
		x.MemoryLimit = r.Interpreter.engine.opts.Memory
	}
	if len(x.Result) == 0 {
		x.Result = []byte(`""`)
	}
	return x
}

func (r *Run) status(e ended) sessions.Status {
	switch {
	case RestartFor(r.Verdict) != "":
		return r.Verdict
	case e.err != nil && !r.killed && !errors.Is(e.err, kernel.ErrProtocol):
		return sessions.Died
	case e.err != nil && r.Verdict == "":
		return sessions.Died
	case r.Verdict == sessions.TimedOut, r.Verdict == sessions.Stopped, r.Verdict == sessions.DiskFull:
		if e.err == nil && !e.outcome.Interrupted && e.outcome.Error == nil {
			return sessions.Succeeded // it ended just before the interrupt
		}
		return r.Verdict
	case e.outcome.Error != nil:
		return sessions.Failed
	}
	return sessions.Succeeded
}

func (r *Run) owner() *sync.WaitGroup { return r.Interpreter.engine.opts.Owner }

// noteMemory sets the verdict if the watch over memory, or the kernel, killed the
// interpreter while the code ran.
func (r *Run) noteMemory(err error) {
	if err == nil && r.Live.KilledFor() == "" || r.killed {
		return
	}
	if v := r.Live.memoryVerdict(); v != "" {
		r.Verdict, r.killed = v, true
	}
}
