package interpreter

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local/await"
	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// startTimeout is how long an interpreter may take to come up. It takes two
// seconds on a machine that has nothing else to do.
const startTimeout = 90 * time.Second

// NewHostname returns a host name for a place.
func NewHostname() string { return "session-" + string(sessions.NewID()[:8]) }

// An Interpreter is the interpreter of one place: not started, live, or
// hibernated. The methods that do not say otherwise may be called concurrently.
type Interpreter struct {
	engine *Engine
	place  Place
	live   *await.Lazy[*Live]

	// hibernated reports that the state holds an interpreter to be woken. It is set
	// when nothing is live, and cleared by the attempt that then starts one.
	hibernated atomic.Bool
	prepared   atomic.Pointer[blank] // in which it will be restored; nil for none
	// What is known from waking it belongs to the attempt that is under way, and
	// between attempts to whoever hibernates it.
	wakes     wakes
	heap      delta.Heap // that it maps
	wokenFrom string     // the checksum of the snapshot that its last state needed

	kept      kept
	approvals egress.Approvals // of the session, which has this interpreter alone
}

// At returns the interpreter of a place, which is not started. There is one for
// each place.
func (e *Engine) At(place Place) *Interpreter {
	in := &Interpreter{engine: e, place: place}
	in.live = await.NewLazy(e.opts.Owner, in.start)
	return in
}

// Find looks for a state that an earlier server left at the place, and reports
// whether there is one. An error says that it cannot be told now.
func (in *Interpreter) Find() (found bool, err error) {
	_ = os.Remove(in.place.partial())
	in.place.removeKept()
	switch _, err := os.Lstat(in.place.state()); {
	case err == nil:
		in.hibernated.Store(true)
		return true, nil
	case !errors.Is(err, os.ErrNotExist):
		return false, err
	}
	return false, nil
}

// Hibernated reports whether the interpreter is to be woken from its state.
func (in *Interpreter) Hibernated() bool { return in.hibernated.Load() }

// StateSize returns the bytes that the state takes on the disk.
func (in *Interpreter) StateSize() int64 { return StateSize(in.place.Dir) }

// Begin starts or wakes the interpreter, unless it is live or about to be. The
// error of the attempt wraps [sessions.ErrNoCapacity] if trying again may help; it
// is a [sessions.CapacityError] with Memory if memory is short.
func (in *Interpreter) Begin() *await.Attempt[*Live] { return in.live.Begin() }

// Get waits until the interpreter is live.
func (in *Interpreter) Get(ctx context.Context) (*Live, error) { return in.live.Get(ctx) }

// Live returns what is live now, if anything is. It may have ended.
func (in *Interpreter) Live() (*Live, bool) { return in.live.Made() }

// Starting returns whether an attempt to start or wake the interpreter is under way.
func (in *Interpreter) Starting() bool {
	a := in.live.Latest()
	return a != nil && !a.Ended()
}

// StartedBefore waits for the attempt to start or wake the interpreter that is
// under way, if there is one. It reports false if late comes first; a nil channel
// never does.
func (in *Interpreter) StartedBefore(late <-chan time.Time) bool {
	a := in.live.Latest()
	if a == nil {
		return true
	}
	select {
	case <-a.Done():
		return true
	case <-late:
		return false
	}
}

// Discard kills what is live, so that the next caller who needs it gets a fresh
// one. It does not wait for the end, which may be late.
func (in *Interpreter) Discard() {
	if live, ok := in.live.Made(); ok {
		in.engine.opts.Owner.Go(live.Kill)
	}
	in.live.Reset()
}

// Forget gives up what there is of the interpreter, live or hibernated, so that the
// next attempt starts a fresh one. It waits until what was live can write no more. The
// error says that a state could not be removed, which is then still there. Nobody else
// may use the interpreter meanwhile.
func (in *Interpreter) Forget() error {
	in.StartedBefore(nil) // it may be being started or woken
	in.DropKept()
	live, ok := in.live.Made()
	in.Discard()
	if ok {
		live.WaitDead()
	}
	if !in.hibernated.Load() {
		return nil
	}
	if err := in.place.removeState(); err != nil {
		return err
	}
	in.hibernated.Store(false)
	in.wakes, in.wokenFrom = wakes{}, ""
	return nil
}

// Kill kills what is live, also if it is only being started or was prepared, and
// waits until nothing is left of it. Nobody may begin another one.
func (in *Interpreter) Kill() {
	if b := in.prepared.Swap(nil); b != nil {
		b.Kill()
	}
	if a := in.live.Latest(); a != nil {
		if live, err := a.Result(); err == nil {
			live.Kill()
		}
	}
}

// start starts or wakes the interpreter and waits until it is ready.
func (in *Interpreter) start() (*Live, error) {
	e := in.engine
	k, err := e.kit.Get(e.ctx)
	if err != nil {
		return nil, err
	}
	end, err := e.starts.begin(e.ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if in.hibernated.Load() {
		return in.wake(k)
	}
	if live, ok := in.rollBack(k); ok || e.ctx.Err() != nil {
		return live, e.ctx.Err()
	}
	return in.fresh(k)
}

// fresh starts an interpreter that has run nothing: from the snapshot, or the long
// way if there is none.
func (in *Interpreter) fresh(k *kit) (*Live, error) {
	e := in.engine
	in.startOver()
	if k.runtime != nil {
		live, err := in.restore(k)
		if err == nil || e.ctx.Err() != nil {
			return live, err
		}
		e.opts.Logger.Warn().Err(err).Msg("no interpreter could be restored from a snapshot; starting one")
	}
	in.heap = delta.Heap{}
	proc, err := k.start(in.place)
	if err != nil {
		return nil, e.whyNoStart(k, err)
	}
	live, err := in.connect(proc, kernel.Options{})
	if err != nil {
		return nil, e.whyNoStart(k, err)
	}
	return live, nil
}

// whyNoStart returns what prevents sandboxes on this machine if that is why an
// interpreter did not start: what was possible before may not be so any more. Otherwise
// it returns err.
func (e *Engine) whyNoStart(k *kit, err error) error {
	if k.runtime == nil || e.ctx.Err() != nil || errors.Is(err, sessions.ErrNoCapacity) {
		return err
	}
	sandbox.ForgetLevel(e.levelRecord())
	if _, reason := sandbox.FindLevel(e.opts.Demand); reason != nil {
		return reason
	}
	return err
}

// restore restores an interpreter from the snapshot. When that fails since the
// snapshot is damaged, or gone, the next interpreter has it made again. Most
// failures are not the snapshot's: the disk was full, or the sandbox was killed.
func (in *Interpreter) restore(k *kit) (*Live, error) {
	blank, from, err := in.takeBlank(k)
	if err != nil {
		return nil, err
	}
	in.heap = from.heap
	s, err := blank.Restore(from.dir)
	if err != nil {
		return nil, err
	}
	live, err := in.connect(s, kernel.Options{})
	if err == nil {
		// The first run brings in the pages that every run touches; nobody
		// should have to wait for that.
		_, err = live.conn.Execute("", nil)
	}
	if err != nil {
		s.Kill()
		k.dropIfDamaged()
		return nil, err
	}
	return live, nil
}

// connect waits until the kernel in a process is ready: a fresh one, or with o.Resume one
// that is woken and must not notice.
func (in *Interpreter) connect(proc process, o kernel.Options) (*Live, error) {
	e := in.engine
	ctx, cancel := context.WithTimeout(e.ctx, startTimeout)
	defer cancel()
	w := e.memory.watch(proc)
	o.MaxOutput = e.opts.MaxOutput
	outside, err := in.outside(&o)
	if err != nil {
		proc.Kill()
		return nil, err
	}
	conn, err := kernel.Connect(ctx, proc.Stdout(), proc.Stdin(), o)
	if err != nil {
		proc.Kill()
		return nil, e.explainStart(err, w)
	}
	return &Live{process: proc, memory: w, conn: conn, outside: outside, ready: time.Now(), idle: e.opts.Idle}, nil
}
