package interpreter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

const (
	// snapshotUse is less than the memory of a snapshot, of which states need not
	// have anything.
	snapshotUse = 64 << 20
	// resumeTimeout is how long a sandbox may take to go on.
	resumeTimeout = 30 * time.Second
)

// Hibernate writes the interpreter's state and ends it. If that fails the
// interpreter goes on as if nothing had been, unless it has died of it; it may have
// been thawed. ctx ends waiting for space on the disk. See [IsFull] and
// [ErrStateTooLarge] for the errors that call for something else than another try.
//
// Nobody else may use the interpreter meanwhile.
func (in *Interpreter) Hibernate(ctx context.Context) error {
	live, s, k, err := in.withState()
	if err != nil {
		return err
	}
	size, release, err := in.takeSpace(ctx, k, s)
	if err != nil {
		return err
	}
	defer release()
	dir, err := k.imageFolder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	live.Thaw()
	live.releaseFiles(k)
	if err := in.engine.suspend(s, dir, size, func() error { return in.saveState(k, dir) }); err != nil {
		live.takeFilesBack(k)
		return err
	}
	in.hibernated.Store(true)
	in.DropKept() // what is in it is in the state
	in.live.Reset()
	return nil
}

// withState returns the live interpreter, its sandbox, and what writing its state takes. The
// error says why it has none that can be written.
func (in *Interpreter) withState() (*Live, *sandbox.Sandbox, *kit, error) {
	live, ok := in.live.Made()
	if !ok {
		return nil, nil, nil, errors.New("there is no interpreter whose state could be written")
	}
	s, isolated := live.process.(*sandbox.Sandbox)
	if !isolated {
		return nil, nil, nil, errors.New("without isolation no state can be written")
	}
	k, err := in.engine.kit.Get(in.engine.ctx)
	return live, s, k, err
}

// takeSpace takes the space on the disk that hibernating a sandbox needs: for a
// checkpoint of so many bytes in the workspace, and for the state that is made of
// it, which is at most what the sandbox has beyond the snapshot.
func (in *Interpreter) takeSpace(ctx context.Context, k *kit, s *sandbox.Sandbox) (size int64, release func(), err error) {
	if size, err = s.Memory(); err != nil {
		return 0, nil, err
	}
	state := max(0, size-snapshotUse)
	if free, err := k.opts.FreeSpace(in.place.Dir); err == nil && free < state+spaceMargin {
		return 0, nil, fmt.Errorf("%w: %d MB are free, and the state may take %d MB", errNoSpace, free>>20, state>>20)
	}
	release, err = in.engine.space.take(ctx, k.workspace, size+state)
	return size, release, err
}

// suspend writes the checkpoint of a sandbox to the folder dir, has it saved, and
// ends the sandbox, which does nothing meanwhile. If anything fails it goes on.
func (e *Engine) suspend(s *sandbox.Sandbox, dir string, size int64, save func() error) error {
	ctx, cancel := context.WithTimeout(e.ctx, checkpointTime(size))
	defer cancel()
	err := s.Suspend(ctx, dir)
	if err == nil {
		err = save()
	}
	if err == nil {
		s.Kill()
		return nil
	}
	return errors.Join(err, e.resume(s))
}

// resume has a suspended sandbox go on, and kills one that does not.
func (e *Engine) resume(s *sandbox.Sandbox) error {
	ctx, cancel := context.WithTimeout(e.ctx, resumeTimeout)
	defer cancel()
	err := s.Resume(ctx)
	if err != nil {
		s.Kill()
	}
	return err
}

// checkpointTime returns how long writing so many bytes may take, on a disk that
// is slow.
func checkpointTime(size int64) time.Duration {
	return checkpointTimeout + time.Duration(size/(10<<20))*time.Second
}

// imageFolder makes a folder for a checkpoint, which is there for a moment only:
// mostly it never reaches the disk.
func (k *kit) imageFolder() (string, error) { return os.MkdirTemp(k.workspace, "image-") }
