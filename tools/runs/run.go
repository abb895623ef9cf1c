package runs

import (
	"context"
	"errors"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

const (
	// keepTime is how long the outcome of a run is kept that nobody collects.
	keepTime = time.Hour
	// stopTime is how long a pool may take to stop code. One that cannot is not waited
	// for: the embedded pool takes two seconds and a moment.
	stopTime = 5 * time.Second
)

// ErrCollected is the error of a second call that asks for the outcome of a run.
var ErrCollected = errors.New("the outcome of the run was told to another call")

// ErrNotBegun is the error of a run that was stopped before its code began.
var ErrNotBegun = errors.New("the run was stopped before its code began")

// ErrNotStopped is the error of a run that was to be stopped by a pool that cannot.
var ErrNotStopped = errors.New("the pool cannot stop code: it may go on until its time is up")

// A Run is code that runs, or has run. Its methods may be called concurrently.
type Run struct {
	// Number tells the run from others of the session; the first is 1.
	Number int
	// Limit is the time that the code was given; 0 for the longest that the pool allows.
	Limit time.Duration
	// NoCode says that the run has no code: it only restarts the interpreter.
	NoCode bool

	table     *Table
	lane      *lane
	began     time.Time
	memory    *budget.Account
	cancel    context.CancelFunc // of the pool's call
	stop      chan struct{}
	stopIt    sync.Once
	done      chan struct{} // closed when the pool has answered
	output    output
	questions questions

	mu        sync.Mutex
	outcome   *sessions.Execution
	err       error
	took      time.Duration
	collected bool // by a call that is not to get the whole
	handed    bool // a call has the outcome and its memory, or nobody will
	early     bool // it was stopped while it waited
	unheard   bool // the call that waited was cancelled
	keep      *time.Timer
	noted     bool            // the next answer tells what came of it for the interpreter
	owner     context.Context // of the call that gets the whole; nil if there is none
}

func newRun(t *Table, l *lane, req sessions.Request) *Run {
	r := &Run{
		Number: t.number(l), Limit: req.Timeout, NoCode: req.Code == "" && req.Command == nil,
		table: t, lane: l, began: time.Now(), stop: make(chan struct{}), done: make(chan struct{}),
	}
	r.output.follow, r.questions.ask = req.Events, req.Ask
	return r
}

// execute runs the code and keeps what comes of it.
func (r *Run) execute(ctx context.Context, id sessions.ID, req sessions.Request) {
	defer r.cancel()
	req.Events, req.Stop, req.Number = r.output.observe, r.stop, r.Number
	req.Ask = r.ask
	x, err := r.table.opts.Pool.Execute(ctx, id, req)
	if ended := r.table.opts.Ended; ended != nil {
		ended(id, Ended{Code: req.Code, Began: r.began, Took: time.Since(r.began), Limit: r.Limit, Outcome: x, Err: err})
	}
	r.mu.Lock()
	r.outcome, r.err, r.took = x, err, time.Since(r.began)
	if err != nil && ctx.Err() != nil && r.stopping() && r.table.end.Err() == nil {
		r.err = ErrNotStopped
		if r.early {
			r.err = ErrNotBegun
		}
	}
	if r.unheard && (r.owner == nil || r.owner.Err() != nil) {
		r.noteCut()
	} else {
		r.keep = time.AfterFunc(keepTime, r.drop)
	}
	r.mu.Unlock()
	close(r.done)
	<-r.lane.turn
}

// noteCut leaves what the next answer tells, instead of the outcome. The caller holds
// the lock.
func (r *Run) noteCut() {
	r.collected, r.handed = true, true
	r.table.note(r.lane, &Cut{
		Number: r.Number, After: r.took, Tail: r.output.end(), Outcome: ofInterpreter(r.outcome),
	})
	r.outcome = nil
	r.memory.Close()
}

// noteUncollected leaves for the next answer what came of the run for the interpreter, if
// it has ended and its outcome was not asked for.
func (r *Run) noteUncollected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noteOutcome()
}

// noteOutcome does so for whoever holds the lock.
func (r *Run) noteOutcome() {
	x := r.outcome
	if r.handed || r.noted || x == nil || x.Restart == "" && x.Rollback == nil && !x.VariablesLost {
		return
	}
	r.noted = true
	r.table.note(r.lane, &Cut{Number: r.Number, After: r.took, Ended: true, Outcome: ofInterpreter(x)})
}

// Await waits for the end of the run, but not longer than patience or until early is
// closed, and reports whether it has ended. If it has not, the run goes on, unless ctx has
// ended: that stops it. When patience is over nobody is asked any more.
func (r *Run) Await(ctx context.Context, patience time.Duration, early <-chan struct{}) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-r.done:
		return true
	case <-late.C:
		r.AskThrough(nil)
		r.Leave()
	case <-early:
		r.Leave()
	case <-ctx.Done():
		r.abandon()
	}
	return false
}

// Leave lets the run go on, or keeps its outcome, without a call that waits for it. Who is
// asked stays the same.
func (r *Run) Leave() {
	r.output.followBy(nil)
	r.table.leave(r.lane, r)
}

// abandon stops a run whose caller has gone.
func (r *Run) abandon() {
	r.mu.Lock()
	ended := r.outcome != nil || r.err != nil
	r.unheard = !ended
	r.mu.Unlock()
	if ended {
		r.table.leave(r.lane, r) // a later call may ask for it
		return
	}
	r.table.forgetRun(r.lane, r)
	r.Stop()
}

// Stop interrupts the code. It returns at once; [Run.Await] waits for the end. A pool
// that does not stop it within 5 s is not waited for any longer.
func (r *Run) Stop() {
	r.stopIt.Do(func() {
		patience := stopTime
		if r.output.waitsFor() != "" {
			r.mu.Lock()
			r.early = true
			r.mu.Unlock()
			patience = 0
		}
		close(r.stop)
		time.AfterFunc(patience, r.cancel)
	})
}

// Waiting returns what the run waits for before its code begins, as a pool says it; ""
// if it does not wait.
func (r *Run) Waiting() string { return r.output.waitsFor() }

// Silent reports whether the pool tells nothing of what the code writes before its end.
func (r *Run) Silent() bool { return r.output.isSilent() }

func (r *Run) stopping() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// Ended reports whether the run has ended.
func (r *Run) Ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Elapsed returns for how long the run has gone on, or how long it took.
func (r *Run) Elapsed() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.took > 0 {
		return r.took
	}
	return time.Since(r.began)
}

// Tail returns the end of what the code has written, a few hundred bytes.
func (r *Run) Tail() string { return r.output.end() }

// Follow has events told what happens from now on, until the call that waits has
// answered; it begins with the end of what was written. One follows at a time, the last.
func (r *Run) Follow(events func(sessions.Event)) { r.output.followBy(events) }

// Part returns what the run has written and shown since the last part.
func (r *Run) Part() *sessions.Execution {
	x := r.output.part()
	x.Duration = r.Elapsed()
	return x
}

// Collect returns the outcome of a run that has ended, without what parts have had, or
// the pool's error. Its memory counts for the call of ctx from then on. The error is
// [ErrCollected] if another call has it.
func (r *Run) Collect(ctx context.Context) (*sessions.Execution, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.collected {
		return nil, ErrCollected
	}
	r.collected = true
	r.handOver(ctx)
	if r.err != nil {
		return nil, r.err
	}
	return r.output.rest(r.outcome), nil
}

// handOver gives the outcome to the call of ctx, unless another has it. The caller holds the
// lock.
func (r *Run) handOver(ctx context.Context) {
	if r.handed {
		return
	}
	r.handed = true
	r.keep.Stop()
	r.table.forgetRun(r.lane, r)
	budget.FromContext(ctx).CloseWith(r.memory)
}

// drop forgets the outcome, or the wish to have it.
func (r *Run) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keep != nil {
		r.keep.Stop()
	}
	if !r.handed {
		r.noteOutcome()
		r.collected, r.handed = true, true
		r.outcome = nil
		r.memory.Close()
	}
	r.table.forgetRun(r.lane, r)
}
