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
	return s.ask(ctx, opCheckpoint, dir)
}

// Suspend writes the state of the program to the folder dir as Checkpoint does,
// but leaves the sandbox as it is, with the program stopped. So nothing that the
// state does not have can happen before Kill ends the sandbox, and nothing is
// lost if the state turns out to be of no use: Resume lets the program go on,
// also after an error, unless the sandbox has ended.
func (s *Sandbox) Suspend(ctx context.Context, dir string) error {
	return s.ask(ctx, opSuspend, dir)
}

// Resume lets a program go on that was suspended. When ctx ends first the
// sandbox is killed.
func (s *Sandbox) Resume(ctx context.Context) error {
	return s.ask(ctx, opResume, "")
}

// ask has the sandbox host do something with the sandbox, and waits for that.
func (s *Sandbox) ask(ctx context.Context, op, dir string) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.request(op, dir); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	select {
	case err := <-s.answers:
		return answered(op, err)
	case <-ctx.Done():
		s.terminate()
		return ctx.Err()
	case <-s.done:
	}
	select {
	case err := <-s.answers: // reported before the end
		return answered(op, err)
	default:
		return fmt.Errorf("%s: %w", op, errEnded)
	}
}

func answered(op string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
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
