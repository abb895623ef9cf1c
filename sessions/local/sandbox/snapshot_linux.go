package sandbox

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Checkpoint writes the state of the program, with all that it started, to the
// folder dir and ends the sandbox. What lies in Spec.Data is not part of it.
//
// A state fits only the very build of the runtime, and the kind of processor,
// that it was made with.
func (s *Sandbox) Checkpoint(ctx context.Context, dir string) error {
	return s.control(ctx, "checkpoint", "--image-path="+dir, "--compression=none", "--exclude-committed-zero-pages", s.id)
}

// control runs a command of gVisor's runtime about the sandbox.
func (s *Sandbox) control(ctx context.Context, args ...string) error {
	cmd := s.runtime.command(args...)
	out := &tail{max: maxDiagnostics}
	cmd.Stdout, cmd.Stderr = out, out
	var err error
	s.runtime.thread.do(func() { err = cmd.Start() })
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if err := waitOrKill(ctx, cmd); err != nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, strings.TrimSpace(out.String()))
	}
	return nil
}

// SetHostname gives a running sandbox another host name, which one that was
// restored needs: it has the name that was saved.
func (s *Sandbox) SetHostname(ctx context.Context, name string) error {
	return s.control(ctx, "exec", "--cap=CAP_SYS_ADMIN", s.id, "/bin/hostname", name)
}

// waitOrKill waits for a command and kills it when ctx ends first.
func waitOrKill(ctx context.Context, cmd *exec.Cmd) error {
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !stop() {
		return ctx.Err()
	}
	return err
}

// Restore starts a program from the state that Checkpoint wrote to dir. It goes
// on where it was, with spec's folders, and standard streams of its own. spec
// may differ from the one that it was started with in Data, Env, Hostname and
// the host folders of Binds; but the program sees the Env and the Hostname that
// it had. Restore returns as soon as the processes are on their way, and the
// caller owes the sandbox what it owes one from Start.
func (r *Runtime) Restore(spec Spec, dir string) (*Sandbox, error) {
	return r.launch(spec, "restore", "--image-path="+dir)
}
