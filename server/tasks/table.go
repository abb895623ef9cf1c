package tasks

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Options configure a [Table].
type Options struct {
	// Tools are the names of the tools whose calls may become tasks.
	Tools []string
	// Owner names who may use the tasks of a request: its conversation, or its user if
	// it belongs to none. Nil means that there is one owner.
	Owner func(ctx context.Context) string
	// Hold returns a context for a call that outlives its request: it ends with the
	// conversation, which is not idle until release is called. Nil means that there is
	// one conversation, which ends with the table.
	Hold func(ctx context.Context) (held context.Context, release func(), err error)
	// Follow, if set, is called for each task with the context of its request. Calls that
	// were sent later need not wait for the task any more when next is called, which may
	// happen again.
	Follow func(ctx context.Context) (next func())
	// Patience is how long a call is waited for that the server may make a task of. Zero
	// means 5 s.
	Patience time.Duration
	// LongestCall is how long a call takes at most; tasks are kept for longer. Zero means
	// 30 min.
	LongestCall time.Duration
}

const (
	defaultPatience    = 5 * time.Second
	defaultLongestCall = 30 * time.Minute
	// maxTasks is how many tasks an owner has.
	maxTasks = 64
	// maxResults bounds the results of all tasks that are kept, in bytes. It is a quarter
	// of the memory for answers, which they are part of.
	maxResults = 32 << 20
	// minKeep and maxKeep are how much longer a task is kept than a call may take.
	minKeep, maxKeep = 5 * time.Minute, time.Hour
)

var errTooMany = errors.New("64 calls go on as tasks, the maximum; wait for the end of one, or cancel it")

// A Table has the tasks of a server. Its methods may be called concurrently. Those of a
// nil Table do what there is to do without tasks.
type Table struct {
	opts Options
	work sync.WaitGroup // the calls
	end  context.Context
	stop context.CancelCauseFunc

	mu     sync.Mutex
	closed bool
	tasks  map[string]*task
	serial uint64 // of the last task
	held   int    // by results, in bytes
}

// New returns a table without tasks. Close it.
func New(o Options) *Table {
	o.Patience, o.LongestCall = cmp.Or(o.Patience, defaultPatience), cmp.Or(o.LongestCall, defaultLongestCall)
	if o.Owner == nil {
		o.Owner = func(context.Context) string { return "" }
	}
	if o.Hold == nil {
		o.Hold = func(ctx context.Context) (context.Context, func(), error) {
			return context.WithoutCancel(ctx), func() {}, nil
		}
	}
	if o.Follow == nil {
		o.Follow = func(context.Context) func() { return func() {} }
	}
	t := &Table{opts: o, tasks: map[string]*task{}}
	t.end, t.stop = context.WithCancelCause(context.Background())
	return t
}

// Interrupt cancels all calls, because of [sessions.ErrClosed], and does not wait for that.
// There are no new tasks afterwards.
func (t *Table) Interrupt() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.stop(sessions.ErrClosed)
}

// Close cancels all calls, waits until they have ended, and forgets all tasks.
func (t *Table) Close() {
	t.Interrupt()
	t.work.Wait()
	t.forget(func(*task) bool { return true })
}

// Forget forgets the tasks of a session that has ended.
func (t *Table) Forget(id sessions.ID) {
	t.forget(func(k *task) bool { return k.work.Session() == id })
}

// Open returns how many tasks there are.
func (t *Table) Open() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.tasks)
}

func (t *Table) forget(which func(*task) bool) {
	t.mu.Lock()
	var gone []*task
	for _, k := range t.tasks {
		if which(k) {
			gone = append(gone, k)
		}
	}
	for _, k := range gone {
		t.take(k)
	}
	t.mu.Unlock()
	for _, k := range gone {
		k.discard()
	}
}

// add adds a task and starts its call, which work carries out. The error is errTooMany, or
// sessions.ErrClosed.
func (t *Table) add(k *task, call func()) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return sessions.ErrClosed
	}
	if own := t.of(k.owner); len(own) >= maxTasks {
		oldest := firstEnded(own)
		if oldest == nil {
			return errTooMany
		}
		t.take(oldest)
		defer oldest.discard()
	}
	t.serial++
	k.serial = t.serial
	t.tasks[k.id] = k
	k.expiry = time.AfterFunc(k.life, func() { t.remove(k) })
	t.work.Go(call)
	return nil
}

// of returns the tasks of an owner, the oldest first. The caller holds the lock.
func (t *Table) of(owner string) []*task {
	var own []*task
	for _, k := range t.tasks {
		if k.owner == owner {
			own = append(own, k)
		}
	}
	slices.SortFunc(own, func(a, b *task) int { return cmp.Compare(a.serial, b.serial) })
	return own
}

// find returns a task of an owner, nil if there is none.
func (t *Table) find(owner, id string) *task {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.tasks[id]; k != nil && k.owner == owner {
		return k
	}
	return nil
}

// take removes a task from the table. The caller holds the lock, and discards the task.
func (t *Table) take(k *task) {
	if t.tasks[k.id] == k {
		delete(t.tasks, k.id)
		t.held -= k.size
		k.size = 0
	}
}

// remove forgets a task, and cancels its call if that goes on.
func (t *Table) remove(k *task) {
	t.mu.Lock()
	t.take(k)
	t.mu.Unlock()
	k.discard()
}
