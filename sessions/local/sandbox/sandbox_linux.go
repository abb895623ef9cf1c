package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// killDelay is how long gVisor may take to clean up after a sandbox was
	// killed. After that the sandbox host is killed, and all sandboxes with it.
	killDelay = 20 * time.Second
	// drainDelay is how long to wait for the end of a sandbox's standard error
	// after the sandbox has ended.
	drainDelay = time.Second
)

// A Sandbox is one running program with everything that it started. Its
// methods may be called concurrently.
type Sandbox struct {
	runtime *Runtime
	host    *hostProcess
	id      string
	bundle  string
	data    string       // its folder on the host, without links
	group   *group       // nil for none
	limit   int64        // of memory; 0 for none
	kills   int64        // how many processes the kernel had killed for want of memory before
	last    atomic.Int64 // what Memory returned last
	stdin   *os.File
	stdout  *os.File
	stderr  tail
	up      chan struct{} // closed when the sentry is up
	drained chan struct{} // closed at the end of standard error
	done    chan struct{}

	finished sync.Once
	answers  chan error    // to opCheckpoint, opSuspend and opResume
	turn     chan struct{} // of who asks

	mu       sync.Mutex
	sentry   *sentry // nil until it is up
	killed   bool    // it is to be killed as soon as it is up
	shortage Shortage
	lastWord *time.Timer // kills the host if it does not report the end
}

// Start starts a program. It returns as soon as the processes are being started;
// whether the program has started shows in what it writes, or in Done.
//
// The caller reads Stdout, writes Stdin, and finally calls Kill, also if the program
// has ended by itself.
func (r *Runtime) Start(spec Spec) (*Sandbox, error) {
	b, err := r.Create(spec)
	if err != nil {
		return nil, err
	}
	return b.Start()
}

// newSandbox makes a sandbox in which nothing runs yet.
func (r *Runtime) newSandbox(spec Spec) (*Sandbox, error) {
	h, err := r.liveHost()
	if err != nil {
		return nil, err
	}
	id := randomName()
	s := &Sandbox{
		runtime: r,
		host:    h,
		id:      id,
		bundle:  filepath.Join(r.dir, "bundle-"+id),
		stderr:  tail{max: maxDiagnostics},
		up:      make(chan struct{}),
		drained: make(chan struct{}),
		done:    make(chan struct{}),
		answers: make(chan error, 1),
		turn:    make(chan struct{}, 1),
	}
	if err := r.add(s); err != nil {
		return nil, err
	}
	if err := s.create(spec); err != nil {
		s.finish()
		return nil, err
	}
	return s, nil
}

func (s *Sandbox) create(spec Spec) error {
	if err := os.Mkdir(s.bundle, 0o700); err != nil {
		return err
	}
	var err error
	if s.data, err = filepath.EvalSymlinks(spec.Data); err != nil {
		return err
	}
	trees, mounts := s.runtime.layout(s.bundle, spec)
	if err := writeBundle(s.bundle, rootfsDir(s.runtime.dir), mounts, spec); err != nil {
		return err
	}
	p, err := openPipes()
	if err != nil {
		return err
	}
	defer closeAll(p.theirs)
	s.stdin, s.stdout = p.stdin, p.stdout
	if err := s.host.add(s); err != nil {
		closeAll(p.ours())
		return err
	}
	shared, data := trees[:len(trees)-1], trees[len(trees)-1]
	r := request{Op: opCreate, ID: s.id, Bundle: s.bundle, Trees: shared, Data: &data, User: &s.runtime.user, Group: s.makeGroup(spec.Limits)}
	if err := send(s.host.conn, r, p.theirs...); err != nil {
		s.host.remove(s)
		closeAll(p.ours())
		return err
	}
	go s.drain(p.stderr)
	return nil
}

// makeGroup creates the control group of a sandbox and returns its folder, or "" if
// groups are not available.
func (s *Sandbox) makeGroup(l Limits) string {
	s.limit, s.kills = l.Memory, kernelKills()
	if s.runtime.groups == nil || l.Memory == 0 {
		return ""
	}
	g, err := s.runtime.groups.make(s.id, l.Memory)
	if err != nil {
		return ""
	}
	s.group = g
	return g.dir
}

func (s *Sandbox) request(op, image string) error {
	return send(s.host.conn, request{Op: op, ID: s.id, Image: image})
}

// drain keeps the end of the standard error stream.
func (s *Sandbox) drain(stderr *os.File) {
	defer close(s.drained)
	defer stderr.Close()
	_, _ = io.Copy(&s.stderr, stderr)
}

// handle processes an event that the host reports.
func (s *Sandbox) handle(e event) {
	var reason error
	if e.Error != "" {
		reason = errors.New(e.Error)
	}
	switch e.Event {
	case evCreated:
		s.created(e)
	case evAnswered:
		select {
		case s.answers <- reason:
		default: // nobody asked
		}
	case evEnded:
		s.host.remove(s)
		s.ended(unix.WaitStatus(e.Exit), reason)
	}
}

// ended ends a sandbox whose end the host has reported.
func (s *Sandbox) ended(status unix.WaitStatus, reason error) {
	s.mu.Lock()
	s.recordEnd(status)
	s.mu.Unlock()
	s.end(reason)
}

// created opens the sentry, which the host has started.
func (s *Sandbox) created(e event) {
	p, err := openSentry(e.PID, e.Gofer, s.host.cmd.Process.Pid)
	if err != nil {
		return // it has ended, which will be reported
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sentry = p
	close(s.up)
	if s.killed {
		p.kill()
	}
}

// end ends a sandbox whose processes are gone.
func (s *Sandbox) end(reason error) {
	s.mu.Lock()
	s.killed = true
	if s.lastWord != nil {
		s.lastWord.Stop()
	}
	s.mu.Unlock()
	go func() { // who waits for done waits for this
		select {
		case <-s.drained:
		case <-time.After(drainDelay):
		}
		if reason != nil {
			fmt.Fprintln(&s.stderr, reason)
		}
		s.stdin.Close()
		s.finish()
	}()
}

// finish is the last thing that happens to a sandbox.
func (s *Sandbox) finish() {
	s.finished.Do(func() {
		if p, err := s.findSentry(); err == nil {
			p.close()
		}
		if s.group != nil {
			_ = s.group.remove()
		}
		os.RemoveAll(s.bundle)
		s.runtime.remove(s)
		close(s.done)
	})
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

// Kill ends the program and everything that it started, at once, and waits until
// the sandbox is gone. Killing twice is no error.
func (s *Sandbox) Kill() {
	s.terminate()
	<-s.done
	s.stdout.Close()
}

// terminate begins to kill the sandbox. It kills the sentry; the host reaps it and
// cleans up.
func (s *Sandbox) terminate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.killed {
		return
	}
	s.killed = true
	if s.sentry != nil {
		s.sentry.kill()
	} else {
		_ = s.request(opKill, "") // fails if the host has ended, and then so has the sandbox
	}
	s.lastWord = time.AfterFunc(killDelay, s.host.kill)
}

// Memory returns how many bytes of memory the host holds, in any form, for the
// program and its files in /tmp. It never waits for the sandbox. It returns an error
// if the sandbox cannot be measured, for example before the program has started.
func (s *Sandbox) Memory() (int64, error) {
	p, err := s.findSentry()
	if err != nil {
		return 0, err
	}
	n, err := p.bytes()
	if err == nil {
		s.last.Store(n)
	}
	return n, err
}

func (s *Sandbox) findSentry() (*sentry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sentry == nil {
		return nil, errNoSentry
	}
	return s.sentry, nil
}

var errNoSentry = errors.New("sandbox: the sentry has not started or has ended")
