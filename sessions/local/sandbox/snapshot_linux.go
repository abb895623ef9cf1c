package sandbox

import (
	"context"
	"errors"
	"fmt"
)

// Checkpoint writes the state of the program, with all that it started, to the
// folder dir and ends the sandbox. What lies in Spec.Data is not part of it.
//
// A state fits only the very build of the runtime, and the kind of processor,
// that it was made with. When ctx ends first the sandbox is killed.
func (s *Sandbox) Checkpoint(ctx context.Context, dir string) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.request(opCheckpoint, dir); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	select {
	case err := <-s.checkpoints:
		return s.checkpointed(err)
	case <-ctx.Done():
		s.terminate()
		return ctx.Err()
	case <-s.done:
	}
	select {
	case err := <-s.checkpoints: // reported before the end
		return s.checkpointed(err)
	default:
		return fmt.Errorf("checkpoint: %w", errEnded)
	}
}

func (s *Sandbox) checkpointed(err error) error {
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

var errEnded = errors.New("the sandbox has ended")

// Restore starts a program from the state that Checkpoint wrote to dir. It goes
// on where it was, with spec's folders, and standard streams of its own. spec
// may differ from the one that it was started with in Data, Env, the host
// folders of Binds, and in Hostname, whose length must be the same, 8 to 64
// bytes; but the program sees the Env that it had. Restore returns as soon as
// the processes are on their way, and the caller owes the sandbox what it owes
// one from Start.
func (r *Runtime) Restore(spec Spec, dir string) (*Sandbox, error) {
	b, err := r.Create(spec)
	if err != nil {
		return nil, err
	}
	return b.Restore(dir)
}
