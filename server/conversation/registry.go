package conversation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions"
)

// Options configure a registry. Pool is required.
type Options struct {
	// Pool has the sessions. Each is stopped when its conversation ends.
	Pool sessions.Pool
	// Key authenticates names; nil means a random key.
	Key []byte
	// Shared means that other servers have the same key and pool.
	Shared bool
	// Idle is how long a conversation is kept after its last call. Zero means an
	// hour.
	Idle time.Duration
	// MaxPerPrincipal bounds the conversations of one principal. Zero means 100.
	MaxPerPrincipal int
	// Ended, if set, is told of each session whose conversation has ended. It must not
	// block.
	Ended func(sessions.ID)
	// Logger logs sessions that could not be stopped.
	Logger zerolog.Logger
}

// The errors of this package. Their texts are for the client.
var (
	ErrUnknown = errors.New("there is no such conversation: it has ended, or it was never yours")
	ErrTooMany = errors.New("too many conversations")
	// ErrEnded is why the calls of a conversation that ends are cancelled; see
	// [context.Cause].
	ErrEnded = errors.New("the conversation has ended")
)

const (
	// takenAge is up to which age names of other servers are accepted; names of
	// conversations that ended here are remembered for as long.
	takenAge = 7 * 24 * time.Hour
	// maxEnded bounds the names that are remembered.
	maxEnded = 100_000
	// stopTime is how long the pool may take to stop a session, and leaveTime
	// how long cancelled calls may take to notice.
	stopTime  = 15 * time.Second
	leaveTime = 5 * time.Second
)

// A Registry has the conversations of one server. Its methods may be called
// concurrently. Close it.
type Registry struct {
	opts  Options
	names names

	cancel context.CancelFunc
	work   sync.WaitGroup // the reaper

	mu     sync.Mutex
	open   map[string]*Conversation
	counts map[string]int       // open ones of each principal
	ended  map[string]time.Time // names that must not be taken again, and until when; Shared only
}

// New returns a registry, whose goroutine runs until it is closed.
func New(opts Options) *Registry {
	if opts.Key == nil {
		opts.Key = make([]byte, 32)
		rand.Read(opts.Key)
	}
	if opts.Idle == 0 {
		opts.Idle = time.Hour
	}
	if opts.MaxPerPrincipal == 0 {
		opts.MaxPerPrincipal = 100
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Registry{
		opts: opts, names: newNames(opts.Key), cancel: cancel,
		open: map[string]*Conversation{}, counts: map[string]int{}, ended: map[string]time.Time{},
	}
	r.work.Go(func() { r.reap(ctx) })
	return r
}

// Idle is how long a conversation is kept after its last call.
func (r *Registry) Idle() time.Duration { return r.opts.Idle }

// Begin begins a conversation. The error wraps [ErrTooMany] if the principal has
// the maximum already.
func (r *Registry) Begin(principal string, kind Kind, about About) (*Conversation, error) {
	name := r.names.make(principal, kind, about, time.Now())
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.add(principal, kind, name, about)
}

// add opens a conversation, with r.mu held.
func (r *Registry) add(principal string, kind Kind, name string, about About) (*Conversation, error) {
	if r.counts[principal] >= r.opts.MaxPerPrincipal {
		return nil, fmt.Errorf("%w: you have %d, the maximum; continue or end one of them; an unused one ends after %v",
			ErrTooMany, r.opts.MaxPerPrincipal, r.opts.Idle)
	}
	c := &Conversation{
		registry: r, principal: principal, kind: kind, name: name, about: about,
		id:   r.names.id(principal, kind, name),
		used: time.Now(), calls: jsonrpc.NewCalls(maxCalls), left: make(chan struct{}, 1),
	}
	r.open[name] = c
	r.counts[principal]++
	return c, nil
}

// Find returns the principal's conversation of that name. The error wraps
// [ErrUnknown] if there is none, and may wrap [ErrTooMany] if another server began
// the conversation.
func (r *Registry) Find(principal string, kind Kind, name string) (*Conversation, error) {
	about, made, ok := r.names.read(principal, kind, name)
	if !ok {
		return nil, ErrUnknown
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.open[name]; ok { // sealed for this principal and kind, so it is theirs
		return c, nil
	}
	if _, ended := r.ended[name]; !r.opts.Shared || kind == Stream || ended || time.Since(made) > takenAge {
		return nil, ErrUnknown
	}
	return r.add(principal, kind, name, about)
}

// End ends a conversation: it cancels the calls and stops the session, and waits
// for both within bounds. Ending a conversation twice has no effect.
func (r *Registry) End(c *Conversation) {
	r.mu.Lock()
	closed := r.close(c)
	r.mu.Unlock()
	if closed {
		c.stop()
	}
}

// close removes a conversation, with r.mu held. It reports false if that was not
// in the registry.
func (r *Registry) close(c *Conversation) bool {
	if r.open[c.name] != c {
		return false
	}
	delete(r.open, c.name)
	if r.counts[c.principal]--; r.counts[c.principal] == 0 {
		delete(r.counts, c.principal)
	}
	if r.opts.Shared && c.kind != Stream && len(r.ended) < maxEnded {
		r.ended[c.name] = time.Now().Add(takenAge)
	}
	return true
}

// Open returns how many conversations of each kind there are.
func (r *Registry) Open() map[Kind]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := map[Kind]int{}
	for _, c := range r.open {
		counts[c.kind]++
	}
	return counts
}

// Close stops the reaper and cancels the calls in flight. Sessions are left to
// the pool.
func (r *Registry) Close() {
	r.cancel()
	r.work.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		c.cancelAll()
	}
}
