package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/delta"
)

// Waking
//
//	state whole ──▶ restored ──▶ it answers ──▶ state removed ──▶ code may run
//	   │               │
//	   │               └── failed, for a reason that passes: it sleeps on, and the
//	   │                   call is told to try again
//	   └── damaged, or nothing here can run it: a fresh interpreter answers ──▶ state
//	       removed ──▶ code may run, and is told that the variables are lost
//
// Until code may run the state is there: whoever fails or is killed before that
// has lost nothing. From then on it is gone, since variables must not be older
// than the files beside them.
//
// A state that is whole, but that interpreters cannot be restored from again and
// again while fresh ones can be started, counts as damaged in the end.
const (
	// wakesFailed is how often waking must have failed for that, and wakesSpan
	// how long after the first time. For want of room, on the disk or in memory, no
	// state is given up.
	wakesFailed = 5
	wakesSpan   = 10 * time.Minute
	// wakeAgain is when a caller is told to try again.
	wakeAgain = 5 * time.Second
)

// A wakes counts how often waking a box has failed.
type wakes struct {
	failed int
	first  time.Time
}

// hopeless takes down a failure, and reports whether there is no use in trying
// again.
func (w *wakes) hopeless(err error) bool {
	if errors.Is(err, delta.ErrState) || filesAreGone(err) {
		return true
	}
	if w.failed == 0 {
		w.first = time.Now()
	}
	w.failed++
	return w.failed >= wakesFailed && time.Since(w.first) >= wakesSpan && !isFull(err) && !errors.Is(err, sessions.ErrNoCapacity)
}

// filesAreGone reports whether a program cannot be restored since a file or a
// folder that it had open is not there any more: who deletes it while the session
// sleeps, or code that is put to sleep in a folder that was taken back, makes the
// state one of no use. What gVisor reports is but text.
func filesAreGone(err error) bool {
	text := err.Error()
	return strings.Contains(text, "failed to complete restore for filesystem") && strings.Contains(text, "no such file or directory")
}

// wokenInterpreter wakes a box. If its state is of no use the interpreter is a
// fresh one that says so; any other failure is an error, and the box sleeps on.
func (p *Pool) wokenInterpreter(e *engine, b *box) (*interpreter, error) {
	in, err := p.wake(e, b)
	if err == nil {
		b.wakes = wakes{}
		return in, nil
	}
	if p.ctx.Err() != nil {
		return nil, err
	}
	if !b.wakes.hopeless(err) {
		p.opts.Logger.Warn().Err(err).Msg("a session could not be woken; it sleeps on with its variables and files, and the next call tries again")
		return nil, &sessions.CapacityError{Asleep: wakeReason(err), RetryAfter: wakeAgain}
	}
	p.opts.Logger.Warn().Err(err).Msg("a session cannot be woken; its variables are lost, its files are kept")
	if in, err = p.freshInterpreter(e, b); err != nil {
		return nil, err
	}
	in.restart, b.wokenFrom = sessions.RestartSleep, ""
	return p.proven(b, in)
}

// wake restores the interpreter of a box that sleeps.
func (p *Pool) wake(e *engine, b *box) (*interpreter, error) {
	in, err := p.restoreState(e, b)
	if err != nil {
		return nil, err
	}
	return p.proven(b, in)
}

// proven removes the state of a box whose next interpreter answers. If that cannot
// be done the box sleeps on, and so it does if the pool has just been closed.
func (p *Pool) proven(b *box, in *interpreter) (*interpreter, error) {
	err := p.ctx.Err()
	if err == nil {
		err = b.forget()
	}
	if err != nil {
		in.Kill()
		return nil, err
	}
	b.sleeping.Store(false)
	return in, nil
}

func (p *Pool) restoreState(e *engine, b *box) (*interpreter, error) {
	// The processes come up while the state is put together.
	blank, err := e.runtime.Create(e.spec(b))
	if err != nil {
		return nil, err
	}
	dir, remove, err := p.loadState(e, b)
	if err != nil {
		blank.Kill()
		return nil, err
	}
	defer remove()
	s, err := blank.Restore(dir)
	if err != nil {
		return nil, err
	}
	return p.connect(s, true)
}

// loadState puts the checkpoint of a sleeping box together in a folder, which
// remove removes. The error wraps delta.ErrState if that can never be.
func (p *Pool) loadState(e *engine, b *box) (dir string, remove func(), err error) {
	f, err := os.Open(b.state())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil, delta.Bad("is gone")
	}
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	h, body, err := delta.Check(f, info.Size())
	if err != nil {
		return "", nil, err
	}
	if h.Session != b.incarnation {
		return "", nil, delta.Bad("is that of another one")
	}
	against, err := e.snapshots.Needed(h, b.dir)
	if err != nil {
		return "", nil, err
	}
	b.wokenFrom = h.Sum
	if b.kept { // at the end of the server there is no time for it
		p.work.Go(func() { _ = against.Prepare() })
	}
	return p.putTogether(h, body, against)
}

// putTogether makes the checkpoint that a state stands for, once there is room
// for it.
func (p *Pool) putTogether(h delta.Header, body io.Reader, against *delta.Base) (dir string, remove func(), err error) {
	w, err := p.workspace.get(p.ctx)
	if err != nil {
		return "", nil, err
	}
	release, err := p.space.take(p.ctx, w.Dir(), h.Checkpoint+h.Meta+h.Pages*delta.PageSize)
	if err != nil {
		return "", nil, err
	}
	if dir, err = p.imageFolder(); err != nil {
		release()
		return "", nil, err
	}
	remove = func() {
		_ = os.RemoveAll(dir)
		release()
	}
	if err := decodeInto(dir, h, body, against); err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}

// wakeReason says in words for a caller why a session could not be woken. The
// error itself has paths of the host, and is logged.
func wakeReason(err error) string {
	switch {
	case isFull(err):
		return "the host's disk is full"
	case isErrno(err, syscall.ENOMEM), errors.Is(err, sessions.ErrNoCapacity):
		return "the host has too little memory"
	case isErrno(err, syscall.EMFILE), isErrno(err, syscall.ENFILE), isErrno(err, syscall.EAGAIN):
		return "the host has too many open files or processes"
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("it did not answer within %v", startTimeout)
	}
	return "its sandbox did not come up"
}
