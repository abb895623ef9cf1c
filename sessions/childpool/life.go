package childpool

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/stage"
	"dynamic-sessions-mcp/sessions/wire"
	"dynamic-sessions-mcp/sessions/wire/pipe"
)

const (
	// greetingTime is how long a child may take to say what it is.
	greetingTime = 2 * time.Minute
	// endTime is how long a child has to end by itself when its input has ended.
	endTime = 10 * time.Second
	// logTime is how long what a child has started may go on writing to its log.
	logTime = time.Second
	// removeTime bounds what is done after the end of a child.
	removeTime = 15 * time.Second
	// maxStage is how long a line of what a child does may be, in bytes.
	maxStage = 64 << 10
)

// A life is one child, from before its start until after its end.
type life struct {
	before <-chan struct{} // closed when the child before is gone; nil if there was none
	doing  *stage.Latest

	ready  chan struct{} // closed when sessions can be had, or never will
	failed error         // why not; set before ready is closed
	client *http.Client
	pool   *azure.Pool   // set before ready is closed, unless it failed
	unseen func() string // of its executions; set before ready is closed, nil for none

	ending chan struct{} // closed when it takes no more calls
	gone   chan struct{} // closed when nothing is left of it
	said   *tail
	mu     sync.Mutex
	reason error
}

func newLife() *life {
	return &life{doing: stage.NewLatest(), ready: make(chan struct{}), ending: make(chan struct{}), gone: make(chan struct{}), said: &tail{}}
}

// over reports whether calls need another life.
func (l *life) over() bool {
	select {
	case <-l.ending:
		return true
	default:
		return false
	}
}

// why is why the child has ended.
func (l *life) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason
}

func (l *life) because(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reason == nil {
		l.reason = err
	}
}

// live starts a child, and sees to its end.
func (p *Pool) live(l *life) {
	defer close(l.gone)
	if l.before != nil {
		<-l.before
	}
	c, err := p.begin(l)
	if err != nil {
		p.fail(l, err)
		return
	}
	if p.opts.Unseen != nil {
		l.unseen = p.opts.Unseen()
	}
	close(l.ready)
	stop := p.whileReady()
	select {
	case <-c.cut: // also when it ended
	case <-c.ended:
	case <-p.end.Done():
		l.because(sessions.ErrClosed)
		_ = l.pool.Close() // calls under way end because of that, and not of the child
	}
	close(l.ending)
	if c.finish() {
		l.because(fmt.Errorf("%s no longer answers and was stopped", p.opts.Name))
	}
	l.because(c.explain(p.opts.Name, l.said))
	stop()
	p.opts.Logger.Debug().Err(l.why()).Msg("the pool in the child process has ended")
	p.remove()
}

// begin starts a child and waits until it can give sessions.
func (p *Pool) begin(l *life) (*child, error) {
	for {
		c, lost, err := p.try(l)
		if err == nil || !lost || p.opts.Again == nil || p.end.Err() != nil || !p.opts.Again(err) {
			return c, err
		}
		l.said = &tail{}
	}
}

// try starts a child once. lost reports that it ended without saying why it gives no
// sessions.
func (p *Pool) try(l *life) (c *child, lost bool, err error) {
	cmd, err := p.opts.Start(p.end, l.doing.Set)
	if err != nil {
		return nil, false, err
	}
	if c, err = p.launch(l, cmd); err != nil {
		return nil, false, fmt.Errorf("%s cannot be started: %w", p.opts.Name, err)
	}
	if err = p.greet(l, c); err == nil {
		l.pool, err = p.azurePool(l)
	}
	if err == nil {
		return c, false, nil
	}
	c.finish()
	p.remove()
	if errors.Is(err, errLost) {
		return nil, true, c.explain(p.opts.Name, l.said)
	}
	return nil, false, fmt.Errorf("%s: %w", p.opts.Name, err)
}

// errLost is that of a child that ended before it was ready.
var errLost = errors.New("the connection to the child has ended")

// fail makes calls fail that wait for the child.
func (p *Pool) fail(l *life, err error) {
	l.because(err)
	l.failed = fmt.Errorf("%w: %w", sessions.ErrUnavailable, err)
	if p.end.Err() != nil {
		l.failed = sessions.ErrClosed
	}
	close(l.ending)
	close(l.ready)
}

// whileReady calls Ready beside the calls, until stop is called, which waits for it.
func (p *Pool) whileReady() (stop func()) {
	if p.opts.Ready == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(p.end)
	done := make(chan struct{})
	p.work.Go(func() {
		defer close(done)
		p.opts.Ready(ctx)
	})
	return func() {
		cancel()
		<-done
	}
}

func (p *Pool) remove() {
	if p.opts.Ended == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTime)
	defer cancel()
	p.opts.Ended(ctx)
}

// A child is a process that was started.
type child struct {
	cmd   *exec.Cmd
	conn  net.Conn
	cut   chan struct{} // closed when the connection is
	ended chan struct{} // closed when the process has ended and err is set
	err   error
}

// launch starts the process.
func (p *Pool) launch(l *life, cmd *exec.Cmd) (*child, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.said.also = p.opts.Log
	cmd.Stderr, cmd.WaitDelay = l.said, logTime
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, cut: make(chan struct{}), ended: make(chan struct{})}
	c.conn = &watched{Conn: pipe.Conn(out, in), closed: sync.OnceFunc(func() { close(c.cut) })}
	l.client = pipe.Client(c.conn)
	p.work.Go(func() {
		c.err = cmd.Wait()
		close(c.ended)
	})
	return c, nil
}

// watched is a connection that tells when it is closed.
type watched struct {
	net.Conn
	closed func()
}

func (w *watched) Close() error {
	defer w.closed()
	return w.Conn.Close()
}

// finish closes the child's input and waits for its end. It reports whether the child
// had to be killed.
func (c *child) finish() (killed bool) {
	_ = c.conn.Close()
	late := time.AfterFunc(endTime, func() { _ = c.cmd.Process.Kill() })
	<-c.ended
	return !late.Stop()
}

// explain says how the child has ended, and what it said before.
func (c *child) explain(name string, said *tail) error {
	if last := said.String(); last != "" {
		return fmt.Errorf("%s has ended the sessions' pool (%v): %s", name, c.cmd.ProcessState, last)
	}
	return fmt.Errorf("%s has ended the sessions' pool (%v)", name, c.cmd.ProcessState)
}

// greet waits until the child can give sessions.
func (p *Pool) greet(l *life, c *child) error {
	ctx, cancel := context.WithCancelCause(p.end)
	defer cancel(nil)
	silent := time.AfterFunc(greetingTime, func() { cancel(fmt.Errorf("it has not answered within %v", greetingTime)) })
	defer silent.Stop()
	defer context.AfterFunc(ctx, func() { _ = c.conn.Close() })()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+wire.PathPrepare, nil)
	if err != nil {
		return err
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return because(ctx, errLost)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxStage)
	for greeted := false; lines.Scan(); {
		var s wire.Stage
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil || !greeted && s.Version == "" {
			return errors.New("it answers something else than a pool of this program")
		}
		switch {
		case !greeted && s.Version != p.opts.Version:
			return fmt.Errorf("the program in it has the version %.60q and this one is %.60q: put the Linux program of the same release beside this one", s.Version, p.opts.Version)
		case s.Error != "":
			return errors.New(s.Error)
		case s.Ready:
			return nil
		}
		greeted = true
		silent.Stop()
		l.doing.Set(s.Doing)
	}
	return because(ctx, errLost)
}

// because returns why ctx has ended, or else err.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
