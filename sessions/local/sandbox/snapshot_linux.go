package sandbox

import (
	"context"
	"errors"
	"fmt"
)

// Checkpoint writes the state of the program and of all that it started to the
// folder dir, and ends the sandbox. The files in Spec.Data are not part of the state.
//
// A state only works with the same build of the runtime and the same kind of
// processor. If ctx ends first, the sandbox is killed.
func (s *Sandbox) Checkpoint(ctx context.Context, dir string) error {
	return s.ask(ctx, opCheckpoint, dir)
}

// Suspend writes the state of the program to the folder dir, as Checkpoint does, but
// keeps the sandbox, with the program stopped. Nothing can happen between the state
// and the Kill that ends the sandbox. If the state turns out to be useless, nothing
// is lost: Resume continues the program, also after an error of Suspend, unless the
// sandbox has ended.
func (s *Sandbox) Suspend(ctx context.Context, dir string) error {
	return s.ask(ctx, opSuspend, dir)
}

// Resume continues a suspended program. If ctx ends first, the sandbox is killed.
func (s *Sandbox) Resume(ctx context.Context) error {
	return s.ask(ctx, opResume, "")
}

// ask sends a request about the sandbox to the sandbox host and waits for the
// answer.
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

// Restore starts a program from the state that Checkpoint wrote to dir. The program
// continues where it was, with the folders of spec and with new standard streams.
// spec may differ from that of the original program in Data, Env, the host folders
// of Binds, and Hostname, which must have the same length, 8 to 64 bytes. The
// program keeps the environment that it had. As with Start, Restore returns as soon
// as the processes are being started, and the caller finally calls Kill.
func (r *Runtime) Restore(spec Spec, dir string) (*Sandbox, error) {
	b, err := r.Create(spec)
	if err != nil {
		return nil, err
	}
	return b.Restore(dir)
}
