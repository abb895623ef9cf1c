package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// endWithin is how long a process has to end after a signal, before it is killed.
const endWithin = 15 * time.Second

// A process is a program at work that was started by this package. Its session is its
// own: the kernel divides the processor among sessions first, so that two that are
// compared must each have one.
type process struct {
	name  string
	cmd   *exec.Cmd
	words *lastWords
	ended chan struct{} // closed when it has ended and err is set
	err   error
}

// startProcess starts a command whose streams are the caller's, apart from a standard
// error that is not set: its last words are kept. The caller stops the process.
func startProcess(name string, cmd *exec.Cmd) (*process, error) {
	p := &process{name: name, cmd: cmd, words: &lastWords{}, ended: make(chan struct{})}
	if cmd.Stderr == nil {
		cmd.Stderr = p.words
	}
	cmd.WaitDelay = endWithin
	inOwnSession(cmd)
	endWithParent(cmd)
	started := make(chan error)
	go func() {
		// The signal at the parent's death is sent when the thread ends that has
		// started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// stop asks the process to end, and kills it with all of its group if it does not.
// It returns when it has ended.
func (p *process) stop() {
	if errors.Is(p.cmd.Process.Signal(syscall.SIGTERM), errors.ErrUnsupported) {
		_ = p.cmd.Process.Kill()
	}
	select {
	case <-p.ended:
	case <-time.After(endWithin):
		p.kill()
	}
}

// kill ends the process and all of its group at once and waits for it.
func (p *process) kill() {
	select {
	case <-p.ended: // its number may be another's
	default:
		killGroup(p.cmd.Process)
		<-p.ended
	}
}

// lost says why the process is of no more use.
func (p *process) lost(err error) error {
	select {
	case <-p.ended:
		err = p.err
	case <-time.After(time.Second):
	}
	return fmt.Errorf("%s: %w: %s", p.name, err, p.words)
}

// lastWords keeps the end of what a process writes. It may be used concurrently.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

// maxWords is how many bytes are kept.
const maxWords = 2000

// Write implements io.Writer.
func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	if over := len(w.text) - maxWords; over > 0 {
		w.text = append([]byte(nil), w.text[over:]...)
	}
	return len(p), nil
}

// String returns the last line, which is where programs say why they end.
func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(w.text)), "\n")
	return lines[len(lines)-1]
}

// orInterrupted returns errInterrupted if ctx has ended, and else err.
func orInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
