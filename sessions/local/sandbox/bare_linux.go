package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/control/server"
	"gvisor.dev/gvisor/runsc/boot"
	"gvisor.dev/gvisor/runsc/config"
	"gvisor.dev/gvisor/runsc/donation"
	gsandbox "gvisor.dev/gvisor/runsc/sandbox"
	"gvisor.dev/gvisor/runsc/specutils"

	"dynamic-sessions-mcp/sessions/local/sandbox/gofer"
)

// A bare container has no namespaces: its sentry and its gofer are confined processes in
// those of the sandbox host. gVisor's package container cannot be told to make one, so
// that this file starts the processes as it does. All else, such as to restore a
// program, goes by way of the sentry's socket.
type bare struct {
	*gsandbox.Sandbox
	spec          *specs.Spec
	sentry, gofer *exec.Cmd
}

// startBare starts the processes and waits until both are up.
func (s *served) startBare(c *contained, spec *specs.Spec, files gofer.Config, streams []*os.File) (_ *bare, err error) {
	b := &bare{Sandbox: &gsandbox.Sandbox{ID: c.id}, spec: spec}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Destroy())
		}
	}()
	sockets, goferUp, err := b.startGofer(s, files, c.conf)
	defer closeAll(sockets)
	if err != nil {
		return nil, fmt.Errorf("starting the gofer: %w", err)
	}
	defer goferUp.Close()
	sentryUp, err := b.startSentry(s, c, sockets, streams)
	if err != nil {
		return nil, fmt.Errorf("starting the sentry: %w", err)
	}
	defer sentryUp.Close()
	if err := waitUp(goferUp); err != nil {
		return nil, fmt.Errorf("starting the gofer: %w", err)
	}
	if err := waitUp(sentryUp); err != nil {
		return nil, fmt.Errorf("starting the sentry: %w", err)
	}
	return b, nil
}

// startGofer starts the gofer. It returns the sentry's ends of the sockets, which are the
// caller's to close also if it fails, and a pipe that says when the gofer is up.
func (b *bare) startGofer(s *served, files gofer.Config, conf *config.Config) (sockets []*os.File, up *os.File, err error) {
	var donated []*os.File
	defer func() {
		closeAll(donated)
		if err != nil && up != nil {
			up.Close()
		}
	}()
	add := func(f *os.File, failed error) error {
		if failed == nil {
			donated = append(donated, f)
		}
		return failed
	}
	if err := add(memoryFile("files", files)); err != nil {
		return nil, nil, err
	}
	up, ready, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	donated = append(donated, ready)
	for range files.Mounts {
		ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return sockets, up, err
		}
		sockets = append(sockets, os.NewFile(uintptr(ends[0]), "sentry's end"))
		donated = append(donated, os.NewFile(uintptr(ends[1]), "gofer's end"))
	}
	if err := add(s.level.policyFile(goferPolicy(files))); err != nil {
		return sockets, up, err
	}
	words, err := os.OpenFile(conf.LogFilename, os.O_WRONLY, 0)
	if err != nil {
		return sockets, up, err
	}
	defer words.Close()
	b.gofer = exec.Command(ownBinary, goferCommand)
	b.gofer.Args[0] = goferName
	b.gofer.Env = os.Environ()
	b.gofer.Stderr = words
	b.gofer.ExtraFiles = donated
	confineCommand(b.gofer, 2+len(donated))
	return sockets, up, s.start(b.gofer)
}

// startSentry starts the sentry with its ends of the sockets and the program's streams. It
// returns a pipe that says when the sentry is up.
func (b *bare) startSentry(s *served, c *contained, sockets, streams []*os.File) (up *os.File, err error) {
	defer func() {
		if err != nil && up != nil {
			up.Close()
		}
	}()
	donations := donation.Agency{}
	defer donations.Close()
	for flag, name := range map[string]string{"log-fd": c.conf.LogFilename, "panic-log-fd": c.conf.PanicLog} {
		if err := donations.OpenAndDonate(flag, name, os.O_WRONLY|os.O_APPEND); err != nil {
			return nil, err
		}
	}
	b.sentry = exec.Command(ownBinary, c.conf.ToFlags()...)
	b.sentry.Args[0] = sentryName
	next := donations.Transfer(b.sentry, 3)

	control, err := b.listen(c.conf.RootDir)
	if err != nil {
		return up, err
	}
	donations.DonateAndClose("controller-fd", control)
	described, err := specutils.OpenSpec(c.bundle)
	if err != nil {
		return up, err
	}
	donations.DonateAndClose("spec-fd", described)
	up, ready, err := os.Pipe()
	if err != nil {
		return up, err
	}
	donations.DonateAndClose("start-sync-fd", ready)
	donations.Donate("io-fds", sockets...)
	donations.Donate("stdio-fds", os.Stdin, os.Stdout, os.Stderr)
	memory := strconv.FormatInt(ThisMachine().Total(), 10)
	b.sentry.Args = append(b.sentry.Args, "boot", "--bundle="+c.bundle, "--attached",
		"--gofer-mount-confs="+mountConfs(len(sockets)), "--total-memory="+memory, "--total-host-memory="+memory)
	next = donations.Transfer(b.sentry, next)
	next = donation.DonateAndTransferCustomFiles(b.sentry, next, map[int]*os.File{0: streams[0], 1: streams[1], 2: streams[2]})
	b.sentry.Args = append(b.sentry.Args, c.id)

	policy, err := s.level.policyFile(sentryPolicy())
	if err != nil {
		return up, err
	}
	defer policy.Close()
	b.sentry.ExtraFiles = append(b.sentry.ExtraFiles, policy)
	b.sentry.Env = []string{}
	confineCommand(b.sentry, next)
	if err := s.start(b.sentry); err != nil {
		return up, err
	}
	b.Pid.Store(b.sentry.Process.Pid)
	return up, nil
}

// listen makes the socket by which the sentry is asked.
func (b *bare) listen(dir string) (*os.File, error) {
	b.ControlSocketPath = filepath.Join(dir, "runsc-"+b.ID+".sock")
	fd, err := server.CreateSocket(b.ControlSocketPath)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "control socket"), nil
}

// mountConfs says that n mounts are served, and nothing lies on top of them.
func mountConfs(n int) string {
	confs := make(boot.GoferMountConfFlags, n)
	for i := range confs {
		confs[i] = boot.GoferMountConf{Lower: boot.Lisafs, Upper: boot.NoOverlay}
	}
	return confs.String()
}

// start starts a process of a sandbox, which ends with this one.
func (s *served) start(cmd *exec.Cmd) error {
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	var err error
	s.thread.do(func() { err = cmd.Start() })
	if err == nil {
		// Raised from outside: a confined process may not write there.
		raiseScoreOf(cmd.Process.Pid, sandboxScore)
	}
	return err
}

// waitUp waits until a process says that it is up.
func waitUp(up *os.File) error {
	if n, _ := up.Read(make([]byte, 1)); n != 1 {
		return errors.New("it ended before it was up")
	}
	return nil
}

// Start starts the program.
func (b *bare) Start(conf *config.Config) error { return b.StartRoot(conf, b.spec) }

// Restore starts a program from a saved state.
func (b *bare) Restore(conf *config.Config, image string, direct, background bool) error {
	return b.Sandbox.Restore(conf, b.spec, b.ID, image, direct, background)
}

// Checkpoint saves the program's state.
func (b *bare) Checkpoint(conf *config.Config, dir string, opts gsandbox.CheckpointOpts) error {
	return b.Sandbox.Checkpoint(conf, b.ID, dir, opts)
}

// Destroy ends the processes and waits for them.
func (b *bare) Destroy() error {
	for _, cmd := range []*exec.Cmd{b.sentry, b.gofer} {
		if cmd != nil && cmd.Process != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed, or has failed and said so
		}
	}
	if b.ControlSocketPath == "" {
		return nil
	}
	return ignoreMissing(os.Remove(b.ControlSocketPath))
}
