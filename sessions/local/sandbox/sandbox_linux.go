package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// killDelay is how long gVisor may take to clean up after its sentry was
	// killed, before it is killed itself.
	killDelay = 2 * time.Second
)

// A Sandbox is one running program with everything that it started. Its
// methods may be called concurrently.
type Sandbox struct {
	runtime *Runtime
	id      string
	bundle  string
	cmd     *exec.Cmd
	stdin   *os.File
	stdout  *os.File
	stderr  tail
	done    chan struct{}

	mu       sync.Mutex
	sentry   *sentry     // nil until somebody asked
	lastWord *time.Timer // kills the runtime process if it outlives its sentry
}

// Start starts a program. It returns as soon as the processes are on their way;
// whether the program came up shows in what it writes, or in Done.
//
// The caller reads Stdout and writes Stdin, and calls Kill in the end, also
// when the program has ended by itself.
func (r *Runtime) Start(spec Spec) (*Sandbox, error) { return r.launch(spec, "run") }

// launch starts a sandbox with a command of gVisor's runtime.
func (r *Runtime) launch(spec Spec, command ...string) (*Sandbox, error) {
	id := randomName()
	s := &Sandbox{
		runtime: r,
		id:      id,
		bundle:  filepath.Join(r.dir, "bundle-"+id),
		stderr:  tail{max: maxDiagnostics},
		done:    make(chan struct{}),
	}
	if err := r.add(s); err != nil {
		return nil, err
	}
	if err := s.start(spec, command); err != nil {
		r.remove(s)
		os.RemoveAll(s.bundle)
		return nil, fmt.Errorf("starting a sandbox: %w", err)
	}
	return s, nil
}

func (s *Sandbox) start(spec Spec, command []string) error {
	if err := os.Mkdir(s.bundle, 0o700); err != nil {
		return err
	}
	if err := writeBundle(s.bundle, s.runtime.rootfs, s.runtime.system, spec); err != nil {
		return err
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		return err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return err
	}
	s.cmd = s.runtime.command(append(command, "--bundle="+s.bundle, s.id)...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = inR, outW, &s.stderr
	s.stdin, s.stdout = inW, outR
	s.runtime.thread.do(func() { err = s.cmd.Start() })
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return err
	}
	go s.wait()
	return nil
}

// command returns a command of gVisor's runtime in namespaces of its own.
func (r *Runtime) command(args ...string) *exec.Cmd {
	flags := []string{
		"--root=" + filepath.Join(r.dir, "state"),
		"--platform=systrap",
		"--network=none",
		"--ignore-cgroups",
		"--overlay2=none",
		"--host-uds=none",
		"--host-fifo=none",
	}
	cmd := exec.Command(r.engine, append(flags, args...)...)
	cmd.Args[0] = runscName
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.Dir = "/"
	cmd.SysProcAttr = namespaces()
	cmd.WaitDelay = time.Second
	return cmd
}

// wait is the one place that reaps the process.
func (s *Sandbox) wait() {
	_ = s.cmd.Wait() // the exit code of the program says nothing about the sandbox
	s.mu.Lock()
	if s.lastWord != nil {
		s.lastWord.Stop()
	}
	s.mu.Unlock()
	s.stdin.Close()
	os.RemoveAll(s.bundle)
	s.runtime.remove(s)
	close(s.done)
}

// Stdin is the program's standard input. Writes fail once the program has ended.
func (s *Sandbox) Stdin() io.WriteCloser { return s.stdin }

// Stdout is the program's standard output. It ends when the program does.
func (s *Sandbox) Stdout() io.ReadCloser { return s.stdout }

// Done is closed when the program and all its processes have ended.
func (s *Sandbox) Done() <-chan struct{} { return s.done }

// Diagnostics returns the last 64 KiB of what the program and gVisor wrote to
// standard error. It comes from the sandbox: trust nothing in it.
func (s *Sandbox) Diagnostics() string { return strings.TrimSpace(s.stderr.String()) }

// Kill ends the program and everything that it started, at once, and waits
// until nothing of the sandbox is left. Killing twice is no error.
func (s *Sandbox) Kill() {
	s.terminate()
	<-s.done
	s.stdout.Close()
}

// terminate begins to kill the sandbox. The sentry is killed first and its
// parent left to reap it and clean up: were the parent killed, its children
// would die too, but as orphans that somebody else must reap.
func (s *Sandbox) terminate() {
	p, err := s.findSentry()
	if err != nil {
		_ = s.cmd.Process.Kill()
		return
	}
	p.kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lastWord == nil {
		s.lastWord = time.AfterFunc(killDelay, func() { _ = s.cmd.Process.Kill() })
	}
}

// Memory returns the bytes of memory that the program and its files in /tmp
// use, as the host counts them. The error says that it cannot be told, as
// before the program has started.
func (s *Sandbox) Memory() (int64, error) {
	p, err := s.findSentry()
	if err != nil {
		return 0, err
	}
	return p.memory()
}

func (s *Sandbox) findSentry() (*sentry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sentry != nil {
		return s.sentry, nil
	}
	p, err := sentryOf(s.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	s.sentry = p
	return p, nil
}

var errNoSentry = errors.New("sandbox: the sentry has not started or has ended")
