package runs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/tools/recent"
)

// maxLanes is how many sessions are remembered that have no run.
const maxLanes = 4096

// Options configure a [Table]. Pool is required.
type Options struct {
	Pool sessions.Pool
	// Hold returns a context for a run that may outlive its call: it ends with the
	// conversation, which is not idle until release is called. Nil means that there is
	// one conversation, which ends with the table.
	Hold func(ctx context.Context) (held context.Context, release func(), err error)
	// Ended, if set, is told of each run that the pool has answered, before anybody else
	// is. It must not block.
	Ended func(id sessions.ID, e Ended)
}

// Ended is how a run ended.
type Ended struct {
	Code  string
	Began time.Time // when the call began, which may have waited
	Took  time.Duration
	Limit time.Duration
	// Outcome is nil, and Err is not, if the pool has none.
	Outcome *sessions.Execution
	Err     error
}

// A Table has the runs of all sessions. Its methods may be called concurrently.
type Table struct {
	opts Options
	work sync.WaitGroup
	end  context.Context
	stop context.CancelFunc

	mu    sync.Mutex
	lanes recent.Map[sessions.ID, *lane]
}

// A lane is where the runs of one session follow each other.
type lane struct {
	turn chan struct{} // has a token while there is a run

	// Guarded by the table's lock.
	number  int           // of the last run
	last    *Run          // the one that goes on, or whose outcome nobody has collected
	shown   *Run          // see Run.Show
	changed chan struct{} // closed when last is another
	cuts    []*Cut        // what no answer has told yet
}

// maxCuts bounds what no answer has told.
const maxCuts = 5

// A Cut says of a run how it ended that nobody waited for.
type Cut struct {
	Number int
	After  time.Duration
	// Tail is the end of what it had written.
	Tail string
	// Ended says that the run was not stopped, but that no call has asked how it ended.
	Ended bool
	// Outcome is what came of it for the interpreter alone: Restart, Rollback, Variables
	// and VariablesLost. Nil if that is not known.
	Outcome *sessions.Execution
}

// Busy is the error of a call that would begin a run while another goes on.
type Busy struct{ Run *Run }

// Error says what goes on.
func (b *Busy) Error() string { return fmt.Sprintf("run %d goes on", b.Run.Number) }

// New returns a table without runs. Close it.
func New(o Options) *Table {
	if o.Hold == nil {
		o.Hold = func(ctx context.Context) (context.Context, func(), error) {
			return context.WithoutCancel(ctx), func() {}, nil
		}
	}
	t := &Table{opts: o}
	t.end, t.stop = context.WithCancel(context.Background())
	return t
}

// Interrupt stops all runs, and does not wait for that. Begin must not be called
// afterwards.
func (t *Table) Interrupt() { t.stop() }

// Close stops all runs and waits until they have ended. No method may be called
// afterwards.
func (t *Table) Close() {
	t.stop()
	t.work.Wait()
	t.mu.Lock()
	var left []*Run
	for _, l := range t.lanes.All() {
		if l.last != nil {
			left = append(left, l.last)
		}
	}
	t.mu.Unlock()
	for _, r := range left {
		r.drop()
	}
}

// Begin waits until the session has no run and begins one. req.Events is told what
// happens while a call waits for the run, and req.Ask is asked; see [Run.Follow] and
// [Run.AskThrough]. req.Stop must not be set.
// The error is a [*Busy] if a run goes on that no call waits for, or that of ctx, or of
// Options.Hold.
func (t *Table) Begin(ctx context.Context, id sessions.ID, req sessions.Request) (*Run, error) {
	l := t.lane(id)
	if err := t.take(ctx, l, req.Events); err != nil {
		return nil, err
	}
	held, release, err := t.opts.Hold(ctx)
	if err != nil {
		<-l.turn
		return nil, err
	}
	t.mu.Lock()
	last := l.last
	t.mu.Unlock()
	if last != nil {
		last.noteUncollected()
	}
	run := newRun(t, l, req)
	run.memory = budget.FromContext(ctx).Fork()
	held, run.cancel = context.WithCancel(budget.WithAccount(held, run.memory))
	ended := context.AfterFunc(t.end, run.cancel)
	t.work.Go(func() {
		defer release()
		defer ended()
		run.execute(held, id, req)
	})
	return run, nil
}

// take waits for the turn in a lane.
func (t *Table) take(ctx context.Context, l *lane, events func(sessions.Event)) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	default:
	}
	if events != nil {
		events(sessions.Event{Kind: sessions.EventWaiting, Text: "waiting for the code that already runs in this session"})
	}
	for {
		t.mu.Lock()
		last, changed := l.last, l.changed
		t.mu.Unlock()
		if last != nil && !last.Ended() {
			return &Busy{last}
		}
		select {
		case l.turn <- struct{}{}:
			return nil
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Going returns the run of a session that goes on, or has ended with an outcome that
// nobody has collected; nil if there is none. A run that a call waits for counts only if
// it is shown.
func (t *Table) Going(id sessions.ID) *Run {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lanes.Get(id)
	switch {
	case !ok:
		return nil
	case l.shown != nil:
		return l.shown
	}
	return l.last
}

// TakeCuts returns what the next answer of a session is to tell of runs that were stopped
// while nobody waited for them, or whose end nobody has asked for, once.
func (t *Table) TakeCuts(id sessions.ID) []*Cut {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lanes.Get(id)
	if !ok {
		return nil
	}
	cuts := l.cuts
	l.cuts = nil
	return cuts
}

// lane returns the lane of a session.
func (t *Table) lane(id sessions.ID) *lane {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lanes.Use(id)
	if !ok {
		if t.lanes.Len() >= maxLanes {
			t.forget()
		}
		l = &lane{turn: make(chan struct{}, 1), changed: make(chan struct{})}
		t.lanes.Add(id, l)
	}
	return l
}

// forget forgets the lane that was unused for the longest, if it has no run. The caller
// holds the lock.
func (t *Table) forget() {
	for id, l := range t.lanes.All() {
		if l.last == nil && len(l.turn) == 0 {
			t.lanes.Delete(id)
			return
		}
	}
}

// number gives the next run of a lane its number.
func (t *Table) number(l *lane) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.number++
	return l.number
}

// leave lets a run go on without a call that waits for it.
func (t *Table) leave(l *lane, r *Run) {
	t.mu.Lock()
	before := l.last
	l.last = r
	if before != r {
		close(l.changed)
		l.changed = make(chan struct{})
	}
	t.mu.Unlock()
	if before != nil && before != r {
		before.drop() // its outcome was not asked for
	}
}

// forgetRun removes a run whose outcome was collected or is kept no longer.
func (t *Table) forgetRun(l *lane, r *Run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.last == r {
		l.last = nil
	}
	if l.shown == r {
		l.shown = nil
	}
}

func (t *Table) note(l *lane, c *Cut) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.cuts = append(l.cuts, c)
	l.cuts = l.cuts[max(0, len(l.cuts)-maxCuts):]
}

// ofInterpreter is what a run tells of the interpreter.
func ofInterpreter(x *sessions.Execution) *sessions.Execution {
	if x == nil {
		return nil
	}
	return &sessions.Execution{Restart: x.Restart, Rollback: x.Rollback, Variables: x.Variables, VariablesLost: x.VariablesLost}
}
