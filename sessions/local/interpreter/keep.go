package interpreter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// Kept states
//
// While a session is idle its state is written beside it, as if it were to sleep, and the
// session goes on. When a run then kills the interpreter, the next one is restored from
// that: it has what there was before the run. See rollback.go.
//
// The session stands still while its memory is copied to a checkpoint. The state is made
// of that afterwards, which nobody waits for but a rollback.

const (
	// maxKept is how much memory a session may have whose state is kept, beyond what all
	// have. More takes a second and longer to copy, in which no call could begin.
	maxKept = 512 << 20
	// keepWait is how long there may be too little space on the disk for a checkpoint.
	keepWait = 50 * time.Millisecond
)

// A kept is the state to which an interpreter goes back when a run has killed it.
type kept struct {
	mu   sync.Mutex
	runs int                 // of code, that what the interpreter has is of
	has  *sessions.Variables // that it had after the last of them, nil if unknown

	path      string              // the file with it; "" for none
	after     int                 // how many runs had ended
	variables *sessions.Variables // that it has, nil if unknown
	size      int64               // bytes on the disk
	tried     int                 // the last number of runs after which it was to be kept, and 1
	writing   chan struct{}       // closed when a state is there that was being made; nil for none
}

// kept is the file with the state that has a name. Each state has another one, so that none
// takes the place of the one before until it is whole.
func (p Place) kept(name string) string { return p.state() + ".kept." + name }

// NeedsKeeping reports whether code has run since the state was last to be kept.
func (in *Interpreter) NeedsKeeping() bool {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	return in.kept.runs > 0 && in.kept.tried != in.kept.runs+1
}

// Kept reports whether the kept state is what the last run has left.
func (in *Interpreter) Kept() bool {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	return in.kept.path != "" && in.kept.writing == nil && in.kept.after == in.kept.runs
}

// countRun records that code runs.
func (in *Interpreter) countRun() {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	in.kept.runs++
}

// noteVariables records what the interpreter has after a run.
func (in *Interpreter) noteVariables(v *sessions.Variables) {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	in.kept.has = v
}

// KeptSize returns the bytes that the kept state takes on the disk.
func (in *Interpreter) KeptSize() int64 {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	return in.kept.size
}

// MayRollBack reports whether there is a kept state, or will be one in a moment.
func (in *Interpreter) MayRollBack() bool {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	return in.kept.path != "" || in.kept.writing != nil
}

// Keep writes the state of the interpreter, which is idle, and lets it go on. It returns
// when that is so; done is told then how long all of it took, when the state is made. One
// that was kept before is replaced. An error says that this state cannot be kept; the
// interpreter goes on, unless it has died of it. Nobody else may use the interpreter
// meanwhile.
func (in *Interpreter) Keep(ctx context.Context, done func(took time.Duration)) error {
	began := time.Now()
	in.kept.mu.Lock()
	after, variables := in.kept.runs, in.kept.has
	in.kept.tried = after + 1
	in.kept.mu.Unlock()
	live, s, k, err := in.withState()
	if err != nil {
		return err
	}
	dir, release, err := in.copyMemory(ctx, k, live, s)
	if err != nil {
		done(time.Since(began))
		return err
	}
	written, of := make(chan struct{}), in.stateOf()
	in.kept.mu.Lock()
	in.kept.writing = written
	in.kept.mu.Unlock()
	in.engine.opts.Owner.Go(func() {
		defer close(written)
		defer release()
		defer os.RemoveAll(dir)
		path := in.place.kept(filepath.Base(dir))
		if err := k.encodeState(in.engine.ctx, dir, path, of); err != nil {
			in.engine.opts.Logger.Debug().Err(err).Msg("the state of a session could not be kept")
			in.giveUpKeeping(written)
			_ = os.Remove(path)
		} else {
			in.publishKept(path, written, after, variables)
		}
		done(time.Since(began))
	})
	return nil
}

// copyMemory writes a checkpoint of the sandbox to a folder, which release gives the space
// of back, and lets it go on.
func (in *Interpreter) copyMemory(ctx context.Context, k *kit, live *Live, s *sandbox.Sandbox) (dir string, release func(), err error) {
	if size, err := s.Memory(); err != nil || size > maxKept+snapshotUse {
		return "", nil, errors.Join(err, ErrStateTooLarge)
	}
	waiting, cancel := context.WithTimeout(ctx, keepWait)
	defer cancel()
	size, release, err := in.takeSpace(waiting, k, s)
	if err != nil {
		return "", nil, err
	}
	if dir, err = k.imageFolder(); err != nil {
		release()
		return "", nil, err
	}
	live.Thaw()
	live.releaseFiles(k)
	ctx, cancel = context.WithTimeout(in.engine.ctx, checkpointTime(size))
	defer cancel()
	err = errors.Join(s.Suspend(ctx, dir), in.engine.resume(s))
	live.takeFilesBack(k)
	if err != nil {
		_ = os.RemoveAll(dir)
		release()
		return "", nil, err
	}
	return dir, release, nil
}

// giveUpKeeping records that a state was not written: the one before stays.
func (in *Interpreter) giveUpKeeping(written chan struct{}) {
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	if in.kept.writing == written {
		in.kept.writing = nil
	}
}

// publishKept makes a state that was written the kept one, unless nobody wants it any more.
func (in *Interpreter) publishKept(path string, written chan struct{}, after int, variables *sessions.Variables) {
	size := fileSize(path)
	in.kept.mu.Lock()
	unwanted := path
	if in.kept.writing == written {
		unwanted = in.kept.path
		in.kept.writing = nil
		in.kept.path, in.kept.after, in.kept.variables, in.kept.size = path, after, variables, size
	}
	in.kept.mu.Unlock()
	_ = os.Remove(unwanted)
}

// DropKept gives up the kept state, also one that is being written.
func (in *Interpreter) DropKept() {
	in.kept.mu.Lock()
	path := in.kept.path
	in.kept.path, in.kept.writing, in.kept.tried, in.kept.variables, in.kept.size = "", nil, 0, nil, 0
	in.kept.mu.Unlock()
	_ = os.Remove(path)
}

// startOver records that the interpreter has run nothing, with nothing to go back to.
func (in *Interpreter) startOver() {
	in.DropKept()
	in.kept.mu.Lock()
	defer in.kept.mu.Unlock()
	in.kept.runs, in.kept.has = 0, nil
}

// keepState makes the state that the interpreter was woken from the kept one, instead of
// removing it: what it has is in there.
func (in *Interpreter) keepState() error {
	if !in.engine.opts.Rollback {
		return in.place.removeState()
	}
	path := in.place.kept("woken")
	if err := os.Rename(in.place.state(), path); err != nil {
		return err
	}
	in.place.sync()
	size := fileSize(path)
	in.kept.mu.Lock()
	old := in.kept.path
	in.kept.path, in.kept.writing = path, nil
	in.kept.after, in.kept.tried, in.kept.variables, in.kept.size = in.kept.runs, in.kept.runs+1, in.kept.has, size
	in.kept.mu.Unlock()
	if old != path {
		_ = os.Remove(old)
	}
	return nil
}
