package kernel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

const (
	protocol   = 1
	maxVersion = 100 // bytes of the interpreter's version
)

// The defaults of [Options].
const (
	defaultMaxOutput       = 1 << 20
	defaultMaxDisplays     = 100
	defaultMaxDisplayBytes = 20 << 20
)

// Options bound what an Outcome holds. Zero values mean the defaults: 1 MiB, 100
// displays, and 20 MiB.
type Options struct {
	MaxOutput       int64 // bytes of one stream; see Settings.MaxOutput
	MaxDisplays     int   // displays of one execution, including the last value
	MaxDisplayBytes int64 // bytes of all of them

	// Relay, if set, answers the streams that code opens to the relay in the sandbox: see
	// Settings.Relay. It is called in a goroutine for each, and returns when its context
	// ends, or the stream.
	Relay func(context.Context, Stream)

	// Environment are variables that code has besides those of its process, and Authority is
	// a certificate, in PEM, that programs trust besides those of the system; "" for none. A
	// kernel that is resumed has those of its last greeting replaced by them.
	Environment map[string]string
	Authority   string

	// Resume lets the kernel continue where it was, with its random numbers and
	// its working directory.
	Resume bool
	// Reseed, with Resume, has it draw new random numbers all the same.
	Reseed bool
}

// greeting is what a kernel says about itself.
type greeting struct {
	Python string // the interpreter's version, such as "3.14.6"
	PID    int    // as the process itself sees it
}

// A Conn is the host's end of the connection to one kernel. Its methods may be
// called concurrently.
type Conn struct {
	r          *bufio.Reader
	source     io.Reader // what r reads
	opts       Options
	relay      *relay // nil without streams
	greeting   greeting
	execute    sync.Mutex // held by the Execute or IdleReport under way; guards seq, dead and unanswered
	seq        uint64
	dead       error
	unanswered map[uint64]bool // by seq, the idle reports that are still to come

	out     outbox
	mu      sync.Mutex // guards current
	current uint64     // seq of the execution under way, or 0
}

// Connect greets the kernel and waits for its answer, which comes when the kernel
// has loaded its libraries, or at once if it was restored from a snapshot. Unless
// opts has Resume, the session then has new random seeds and its data folder as
// working directory.
//
// The caller owns the process and its pipes: it closes them when it no longer
// needs the Conn, and then calls Close. If ctx ends first, Connect returns its
// cause; for that, r must have SetReadDeadline or Close, as a file has.
func Connect(ctx context.Context, r io.Reader, w io.Writer, opts Options) (*Conn, error) {
	if opts.MaxOutput <= 0 {
		opts.MaxOutput = defaultMaxOutput
	}
	if opts.MaxDisplays <= 0 {
		opts.MaxDisplays = defaultMaxDisplays
	}
	if opts.MaxDisplayBytes <= 0 {
		opts.MaxDisplayBytes = defaultMaxDisplayBytes
	}
	source := r
	var streams *relay
	if opts.Relay != nil {
		streams, r, w = startRelay(r, w, opts.Relay)
	}
	c := &Conn{relay: streams, r: bufio.NewReaderSize(r, 64<<10), source: r, out: outbox{w: w}, opts: opts}
	unblocked := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(unblocked)
		unblock(r)
	})
	err := c.greet()
	stopped := stop()
	if !stopped {
		<-unblocked
	}
	if streams != nil && (err != nil || !stopped) {
		unblock(source)
		streams.close()
	}
	if !stopped {
		return nil, fmt.Errorf("kernel: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	return c, nil
}

func unblock(r io.Reader) {
	if d, ok := r.(interface{ SetReadDeadline(time.Time) error }); ok && d.SetReadDeadline(time.Unix(1, 0)) == nil {
		return
	}
	if closer, ok := r.(io.Closer); ok {
		closer.Close()
	}
}

func (c *Conn) greet() error {
	if err := c.request(request{Type: "hello", Resume: c.opts.Resume, Reseed: c.opts.Reseed, Environment: c.opts.Environment}, c.opts.Authority); err != nil {
		return fmt.Errorf("%w: %w", ErrDied, err)
	}
	h, err := c.readGreeting()
	if err != nil {
		return err
	}
	if h.Type != "ready" || h.Protocol != protocol {
		return fmt.Errorf("%w: it speaks version %d, not %d", ErrProtocol, h.Protocol, protocol)
	}
	version := strings.Clone(h.Python[:min(len(h.Python), maxVersion)])
	c.greeting = greeting{Python: strings.ToValidUTF8(version, "\uFFFD"), PID: h.PID}
	return nil
}

// maxLateReports is how many answers to requests of its earlier life a kernel may
// send before its greeting.
const maxLateReports = 8

// readGreeting returns the frame that answers the greeting. A kernel that is resumed
// may have been asked whether it is idle just before it was saved: it answers that
// first, to nobody.
func (c *Conn) readGreeting() (*header, error) {
	for late := 0; ; late++ {
		h, p, err := readFrame(c.r)
		if err == nil {
			err = p.end()
		}
		if err != nil || !c.opts.Resume || h.Type != "idle_report" || late == maxLateReports {
			return h, err
		}
	}
}

// Execute runs a cell of code and returns its outcome. Concurrent calls run one
// after the other. events, unless it is nil, receives output as it comes; it is
// called by this goroutine only, and must not block.
//
// An error wraps [ErrDied] or [ErrProtocol] and means that the kernel is gone. The
// Outcome is never nil: with an error it holds what was received until then.
func (c *Conn) Execute(code string, events func(sessions.Event)) (*Outcome, error) {
	return c.RunWithin(nil, sessions.Request{Code: code, Events: events})
}

// run sends the kernel a request and records the outcome.
func (c *Conn) run(ask request, payload string, rec *recorder) (*Outcome, error) {
	c.execute.Lock()
	defer c.execute.Unlock()
	if c.dead == nil {
		c.dead = c.converse(ask, payload, rec)
	}
	return rec.finish(), c.dead
}

func (c *Conn) converse(ask request, payload string, rec *recorder) error {
	c.seq++
	ask.Seq = c.seq
	if err := c.begin(ask, payload); err != nil {
		return fmt.Errorf("%w: %w", ErrDied, err)
	}
	defer c.end()
	headers := headerLimiter{began: time.Now()}
	for {
		h, p, err := readFrame(c.r)
		if err != nil {
			return err
		}
		headers.wait(h.size)
		if c.takeReport(h) {
			if err := p.end(); err != nil {
				return err
			}
			continue
		}
		if h.Seq != c.seq {
			if err := p.skip(p.left); err != nil {
				return err
			}
			return fmt.Errorf("%w: a frame of execution %d in execution %d", ErrProtocol, h.Seq, c.seq)
		}
		if done, err := rec.record(h, p); done || err != nil {
			return err
		}
	}
}

// begin sends a request, and makes it the one that Interrupt interrupts.
func (c *Conn) begin(ask request, payload string) error {
	if c.out.unread() > 2*maxUnread {
		return errors.New("it answers but does not read")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = c.seq
	return c.request(ask, payload)
}

func (c *Conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = 0
}

// request sends a frame, and does not wait until the kernel has read it.
func (c *Conn) request(head request, payload string) error {
	frame, err := makeFrame(head, payload)
	if err != nil {
		return err
	}
	return c.out.send(frame)
}

// maxUnread is how many frames may wait for a kernel that does not read. More
// interrupts are not needed: the first of them will interrupt it.
const maxUnread = 8

// Interrupt raises KeyboardInterrupt in the code that runs, if any does. Code that
// catches the exception, or that is busy in C, runs on. Every call raises it
// again, but never in the code of a later Execute. Interrupt does not wait, even
// if the kernel has not yet read the code.
func (c *Conn) Interrupt() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == 0 || c.out.unread() >= maxUnread {
		return nil
	}
	if err := c.request(request{Type: "interrupt", Seq: c.current}, ""); err != nil {
		return fmt.Errorf("kernel: interrupt: %w: %w", ErrDied, err)
	}
	return nil
}

// Abandon ends the Execute or IdleReport that is under way as if the kernel had
// died, whatever it still sends. It is for a process that was killed, since its
// end may show late.
func (c *Conn) Abandon() { unblock(c.source) }

// Close waits until nothing is written to the pipe any more. The caller has closed
// the pipe, or the kernel has ended.
func (c *Conn) Close() {
	if c.relay != nil {
		c.relay.close()
	}
	c.out.wait()
}
