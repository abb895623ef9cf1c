package e2etest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// endWithin is how long the program has to end after a signal.
const endWithin = time.Minute

// answerLate has a server answer when the code is done, however long that takes: the
// first test on a machine waits until the packages are installed. Tests of answers that
// come before give the flag, which wins.
const answerLate = "DYNAMIC_SESSIONS_ANSWER_WITHIN=30m"

// A Process is the program at work, or another that a test needs.
type Process struct {
	In  io.WriteCloser // its standard input
	Out *bufio.Reader  // its standard output, for one reader

	tb     testing.TB
	cmd    *exec.Cmd
	said   transcript
	ended  chan struct{} // closed when it has ended and err is set
	err    error
	killed atomic.Bool
}

// Start starts a program. When the test ends it is sent SIGTERM, and must end well.
func Start(tb testing.TB, program string, args ...string) *Process {
	tb.Helper()
	return StartCommand(tb, exec.Command(program, args...))
}

// StartCommand is Start for a command whose environment, folder or files are the
// caller's. Its standard streams are this package's.
func StartCommand(tb testing.TB, cmd *exec.Cmd) *Process {
	tb.Helper()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append([]string{answerLate}, cmd.Env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	// A pipe of exec's would be closed when the process ends, perhaps unread.
	out, outW, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	p := &Process{In: in, Out: bufio.NewReader(out), tb: tb, cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = outW, &p.said
	cmd.WaitDelay = 10 * time.Second
	endWithParent(cmd)
	if err := p.start(); err != nil {
		tb.Fatal(err)
	}
	outW.Close()
	tb.Cleanup(func() {
		p.stop()
		out.Close()
	})
	return p
}

// start starts the process and sees to its end, on one thread: the parent-death
// signal is sent when the thread ends that started the process.
func (p *Process) start() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.ended)
		}
	}()
	return <-started
}

// stop ends the process unless it has ended.
func (p *Process) stop() {
	p.tb.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	p.In.Close()
	p.wait()
	if p.tb.Failed() {
		p.tb.Logf("%s said:\n%s", p.cmd.Path, p.Said())
	}
}

// wait waits for the end and reports one that is not well.
func (p *Process) wait() {
	p.tb.Helper()
	late := time.AfterFunc(endWithin, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	if <-p.ended; p.err != nil && !p.killed.Load() {
		p.tb.Errorf("%s ended with %v", p.cmd.Path, p.err)
	}
}

// End closes the standard input and waits for the program to end, which it must do
// well. It returns how long that took.
func (p *Process) End() time.Duration {
	p.tb.Helper()
	began := time.Now()
	p.In.Close()
	p.wait()
	return time.Since(began)
}

// Interrupt sends an interrupt and waits like End.
func (p *Process) Interrupt() time.Duration {
	p.tb.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.tb.Fatal(err)
	}
	p.wait()
	return time.Since(began)
}

// Kill ends the process as a crash would, if it has not ended, and waits for it.
func (p *Process) Kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Pid returns the process's ID.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Said returns what the process has written to its standard error.
func (p *Process) Said() string {
	text, _ := p.said.look()
	return text
}

// Await waits until the process writes what matches a pattern to its standard
// error, and returns the match. The test ends if the process ends before.
func (p *Process) Await(pattern *regexp.Regexp) []string {
	p.tb.Helper()
	for {
		text, more := p.said.look()
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found
		}
		select {
		case <-more:
		case <-p.ended:
			if found := pattern.FindStringSubmatch(p.Said()); found != nil {
				return found
			}
			p.tb.Fatalf("%s has ended with %v and did not say %s:\n%s", p.cmd.Path, p.err, pattern, p.Said())
		}
	}
}

// A transcript keeps what a process writes.
type transcript struct {
	mu   sync.Mutex
	text []byte
	more chan struct{} // closed when more was written; nil if nobody waits
}

// Write implements io.Writer.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if t.more != nil {
		close(t.more)
		t.more = nil
	}
	return len(p), nil
}

// look returns the text, and a channel that is closed when there is more.
func (t *transcript) look() (text string, more <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.more == nil {
		t.more = make(chan struct{})
	}
	return string(t.text), t.more
}
