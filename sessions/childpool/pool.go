// Package childpool implements [sessions.Pool] with the pool of a child process, which
// speaks Azure's REST API over its standard streams (pool --stdio):
//
//	pool, err := childpool.New(childpool.Options{Name: "Docker", Version: version, Start: start})
//	defer pool.Close()
//	run, err := pool.Execute(ctx, sessions.NewID(), sessions.Request{Code: "6*7"})
//
// The first call starts the child. Calls wait until it is ready, and are told meanwhile
// what it does, by Request.Events. A child whose program has another version is refused.
//
// When a child ends by itself its sessions are gone, and calls under way return an error
// that says so and why. The next call starts another child, with new sessions; after
// several starts in a short time calls are refused for a while instead.
//
// The child ends with the pool, and with this process however that ends, since either
// closes the child's input.
package childpool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
)

// maxStarts is how many children are started within startWindow at most.
const (
	maxStarts   = 5
	startWindow = 5 * time.Minute
)

// Options are what a pool is made of. Name, Version and Start are required.
type Options struct {
	// Name is what runs the child, for errors, such as "Docker".
	Name string
	// Version is what the child must say that it is.
	Version string
	// Start makes what the child needs and returns its command, whose standard streams
	// are this package's. It is not called concurrently. doing is told what takes long.
	Start func(ctx context.Context, doing func(string)) (*exec.Cmd, error)
	// Ready, if set, is called when a child can give sessions, beside their calls. Its
	// context ends with the child. Neither Ended nor Start is called before it returns.
	Ready func(ctx context.Context)
	// Again, if set, is asked when a child has ended before it said what it is, with how
	// it ended. If another start may do better, that is tried at once.
	Again func(why error) bool
	// Unseen, if set, is asked when a child can give sessions for the function that says
	// what their executions have as sessions.Execution.Unseen. That may be called
	// concurrently.
	Unseen func() func() string
	// Ended, if set, is called when a child has ended, to remove what it may have left.
	Ended func(ctx context.Context)

	// MaxRun bounds a run, as in package azure.
	MaxRun time.Duration
	// Cooldown is that of the child.
	Cooldown time.Duration
	// MaxUpload and MaxOutput are the child's, in bytes; zero means those of package
	// azure.
	MaxUpload, MaxOutput int64

	// Log gets what the child writes to its standard error. Nil discards it.
	Log    io.Writer
	Logger zerolog.Logger
}

// A Pool is the pool of a child process. Its methods may be called concurrently. Close
// it.
type Pool struct {
	opts Options
	end  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup // the lives

	mu     sync.Mutex
	closed bool
	now    *life // nil before the first call
	starts []time.Time
}

var _ sessions.Pool = (*Pool)(nil)

// New returns a pool. It starts nothing.
func New(o Options) *Pool {
	p := &Pool{opts: o}
	p.end, p.stop = context.WithCancel(context.Background())
	return p
}

// Prepare waits until sessions can be had. Its error is why none can be had.
func (p *Pool) Prepare(ctx context.Context) error {
	_, err := p.await(ctx, nil)
	return err
}

// Close ends the child with all its sessions and waits for that. Calls under way return
// sessions.ErrClosed. The error is always nil.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	p.work.Wait()
	return nil
}

// current returns the life that calls belong to, and begins one if there is none.
func (p *Pool) current() (*life, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, sessions.ErrClosed
	case p.now != nil && !p.now.over():
		return p.now, nil
	}
	if err := p.admit(); err != nil {
		return nil, err
	}
	l := newLife()
	if p.now != nil {
		l.before = p.now.gone
	}
	p.now = l
	p.work.Go(func() { p.live(l) })
	return l, nil
}

// admit counts a start, or says why there is none now.
func (p *Pool) admit() error {
	for len(p.starts) > 0 && time.Since(p.starts[0]) > startWindow {
		p.starts = p.starts[1:]
	}
	if len(p.starts) < maxStarts {
		p.starts = append(p.starts, time.Now())
		return nil
	}
	why := p.now.why()
	if why == nil {
		why = errors.New("the last is just ending")
	}
	wait := (startWindow - time.Since(p.starts[0])).Round(time.Second)
	return fmt.Errorf("%w: %s was asked %d times within %v to run the sessions, and they ended each time: %w. It is asked again in %v at the earliest",
		sessions.ErrUnavailable, p.opts.Name, maxStarts, startWindow, why, wait)
}

// await returns the life that calls belong to when sessions can be had, and tells
// events meanwhile what is being done.
func (p *Pool) await(ctx context.Context, events func(sessions.Event)) (*life, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := p.current()
	if err != nil {
		return nil, err
	}
	for {
		select {
		case <-l.ready: // nothing is waited for, and nothing told
			return l, l.failed
		default:
		}
		doing, changed := l.doing.Get()
		if events != nil && doing != "" {
			events(sessions.Event{Kind: sessions.EventWaiting, Text: doing})
		}
		select {
		case <-l.ready:
			return l, l.failed
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// azurePool opens the client of a life.
func (p *Pool) azurePool(l *life) (*azure.Pool, error) {
	endpoint, err := azure.ParseEndpoint(endpoint)
	if err != nil {
		return nil, err
	}
	return azure.New(azure.Options{
		Endpoint: endpoint, Transport: l.client,
		MaxRun: p.opts.MaxRun, Cooldown: p.opts.Cooldown,
		MaxUpload: p.opts.MaxUpload, MaxOutput: p.opts.MaxOutput,
		Retries:  -1, // nothing is lost between the two but with the child
		Patience: patience,
		Logger:   p.opts.Logger,
	})
}

// endpoint is the child's, which no network knows.
const endpoint = "http://localhost"

// patience is how long the child may be silent beyond the time of a run: it may have to
// wake a session on a busy machine.
const patience = time.Minute

// explain adds to the error of a call that the child has ended, if it has.
func (p *Pool) explain(ctx context.Context, l *life, err error) error {
	lost := errors.Is(err, sessions.ErrUnavailable) || errors.Is(err, sessions.ErrOutcomeUnknown) || errors.Is(err, sessions.ErrStoreUnknown)
	if err == nil || ctx.Err() != nil || p.end.Err() != nil || !lost {
		return err
	}
	late := time.NewTimer(3 * time.Second) // its end may be noticed a little later
	defer late.Stop()
	select {
	case <-l.gone:
	case <-late.C:
		return err
	}
	return &endedError{kind: kindOf(err), why: l.why(), cause: err}
}

// kindOf is the domain's error that err wraps.
func kindOf(err error) error {
	for _, kind := range []error{sessions.ErrOutcomeUnknown, sessions.ErrStoreUnknown} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return sessions.ErrUnavailable
}

// An endedError is the error of a call during which the child ended.
type endedError struct{ kind, why, cause error }

func (e *endedError) Error() string {
	return fmt.Sprintf("%v: %v. All sessions are lost with their variables and files; the next call starts new ones", e.kind, e.why)
}
func (e *endedError) Unwrap() error { return e.cause }
