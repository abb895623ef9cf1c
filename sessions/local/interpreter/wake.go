package interpreter

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
	"dynamic-sessions-mcp/sessions/local/kernel"
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
// The state exists until code may run: whatever fails or is killed before loses
// nothing. From then on it is gone, since variables must not be older than the files
// beside them.
//
// A state that is whole, but that interpreters cannot be restored from again and
// again while fresh ones can be started, counts as damaged in the end.
const (
	// wakesFailed is how often waking must have failed for that, and wakesSpan
	// how long after the first time. For want of space, on the disk or in memory, no
	// state is given up.
	wakesFailed = 5
	wakesSpan   = 10 * time.Minute
	// wakeAgain is when a caller is told to try again.
	wakeAgain = 5 * time.Second
)

// A wakes counts how often waking an interpreter has failed.
type wakes struct {
	failed int
	first  time.Time
}

// hopeless records a failure, and reports whether it is useless to try again.
func (w *wakes) hopeless(err error) bool {
	if errors.Is(err, delta.ErrState) || filesAreGone(err) {
		return true
	}
	if w.failed == 0 {
		w.first = time.Now()
	}
	w.failed++
	return w.failed >= wakesFailed && time.Since(w.first) >= wakesSpan && !IsFull(err) && !errors.Is(err, sessions.ErrNoCapacity)
}

// filesAreGone reports whether a program cannot be restored because a file or folder
// that it had open no longer exists, as when it was deleted while the session slept.
// gVisor reports it only as text.
func filesAreGone(err error) bool {
	text := err.Error()
	return strings.Contains(text, "failed to complete restore for filesystem") && strings.Contains(text, "no such file or directory")
}

// wake restores the interpreter from its state. If the state is useless it starts a
// fresh interpreter, which says so. After any other failure it returns an error, and
// the interpreter stays hibernated.
func (in *Interpreter) wake(k *kit) (*Live, error) {
	e := in.engine
	live, err := in.restoreState(k, in.place.state(), false)
	if err == nil {
		err = in.proven(live, in.keepState)
	}
	if err == nil {
		in.wakes = wakes{}
		return live, nil
	}
	if e.ctx.Err() != nil {
		return nil, err
	}
	if !in.wakes.hopeless(err) {
		e.opts.Logger.Warn().Err(err).Msg("a session could not be woken; it sleeps on with its variables and files, and the next call tries again")
		return nil, &sessions.CapacityError{Asleep: wakeReason(err), RetryAfter: wakeAgain}
	}
	e.opts.Logger.Warn().Err(err).Msg("a session cannot be woken; its variables are lost, its files are kept")
	if live, err = in.fresh(k); err != nil {
		return nil, err
	}
	live.restart, in.wokenFrom = sessions.RestartSleep, ""
	if err := in.proven(live, in.place.removeState); err != nil {
		return nil, err
	}
	return live, nil
}

// proven uses up the state of an interpreter that answers. If that cannot be done, or
// the engine has just ended, the interpreter is killed and stays hibernated.
func (in *Interpreter) proven(live *Live, useUp func() error) error {
	err := in.engine.ctx.Err()
	if err == nil {
		err = useUp()
	}
	if err != nil {
		live.Kill()
		return err
	}
	in.hibernated.Store(false)
	return nil
}

// restoreState restores the interpreter from the state in a file. With reseed it draws
// other random numbers than it did from there.
func (in *Interpreter) restoreState(k *kit, path string, reseed bool) (*Live, error) {
	heap, err := in.findHeap(k, path)
	if err != nil {
		return nil, err
	}
	// The processes come up while the state is put together.
	blank, err := k.runtime.Create(k.spec(in.place, heap))
	if err != nil {
		return nil, err
	}
	dir, remove, err := in.loadState(k, path)
	if err != nil {
		blank.Kill()
		return nil, err
	}
	defer remove()
	s, err := blank.Restore(dir)
	if err != nil {
		return nil, err
	}
	return in.connect(s, kernel.Options{Resume: true, Reseed: reseed})
}

// findHeap returns a folder with the heap that the state needs, by its header, which is
// not checked yet.
func (in *Interpreter) findHeap(k *kit, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return k.noHeap(), nil // loadState says what is wrong
	}
	defer f.Close()
	h, err := delta.Peek(f)
	if err != nil {
		return k.noHeap(), nil
	}
	in.heap = h.Heap
	return k.findHeap(h.Heap, in.place)
}

// loadState makes the checkpoint that the state is a delta of, in a folder which remove
// removes. The error wraps delta.ErrState if that can never succeed.
func (in *Interpreter) loadState(k *kit, path string) (dir string, remove func(), err error) {
	f, err := os.Open(path)
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
	if err := in.place.belongs(h); err != nil {
		return "", nil, err
	}
	if h.Heap != in.heap {
		return "", nil, delta.Bad("was exchanged while it was read")
	}
	against, err := k.snapshots.Needed(h, in.place.Dir)
	if err != nil {
		return "", nil, err
	}
	in.wokenFrom = h.Sum
	if in.place.Durable { // at the end of the server there is no time for it
		k.opts.Owner.Go(func() { _ = against.Prepare() })
	}
	return in.engine.putTogether(k, h, body, against)
}

// putTogether makes a checkpoint from a state, once there is space for it.
func (e *Engine) putTogether(k *kit, h delta.Header, body io.Reader, against *delta.Base) (dir string, remove func(), err error) {
	release, err := e.space.take(e.ctx, k.workspace, h.Checkpoint+h.Meta+h.Pages*delta.PageSize)
	if err != nil {
		return "", nil, err
	}
	if dir, err = k.imageFolder(); err != nil {
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

// wakeReason says, for a caller, why a session could not be woken. The error itself
// names paths of the host; it is logged.
func wakeReason(err error) string {
	switch {
	case IsFull(err):
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
