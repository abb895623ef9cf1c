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

// Options configure a book. Pool is required.
type Options struct {
	// Pool has the sessions, which are stopped with their conversations.
	Pool sessions.Pool
	// Key makes the names; nil means a random one.
	Key []byte
	// Shared says that other servers have the same key and pool.
	Shared bool
	// Idle is how long a conversation is kept after its last call. Zero means an
	// hour.
	Idle time.Duration
	// MaxPerPrincipal bounds the conversations of one principal. Zero means 100.
	MaxPerPrincipal int
	// Logger gets sessions that could not be stopped.
	Logger zerolog.Logger
}

// The errors of this package. Their texts are for the client.
var (
	ErrUnknown = errors.New("there is no such conversation: it has ended, or it never was one of yours")
	ErrTooMany = errors.New("too many conversations")
)

// ErrEnded is why the calls of a conversation that ends are cancelled; see
// [context.Cause].
var ErrEnded = errors.New("the conversation has ended")

const (
	// takenAge is how old a name of another server may be to be taken; a name
	// that ended here is remembered for so long.
	takenAge = 7 * 24 * time.Hour
	// maxEnded bounds the names that are remembered.
	maxEnded = 100_000
	// stopTime is how long the pool may take to stop a session, and leaveTime
	// how long cancelled calls may take to notice.
	stopTime  = 15 * time.Second
	leaveTime = 5 * time.Second
)

// A Book has the conversations of one server. Its methods may be called
// concurrently.
type Book struct {
	opts  Options
	names names

	cancel context.CancelFunc
	work   sync.WaitGroup // the reaper

	mu     sync.Mutex
	open   map[string]*Conversation
	counts map[string]int       // open ones of each principal
	ended  map[string]time.Time // names that must not be taken again, and until when; Shared only
}

// New returns a book, which must be closed.
func New(opts Options) *Book {
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
	b := &Book{
		opts: opts, names: newNames(opts.Key), cancel: cancel,
		open: map[string]*Conversation{}, counts: map[string]int{}, ended: map[string]time.Time{},
	}
	b.work.Go(func() { b.reap(ctx) })
	return b
}

// Idle is how long a conversation is kept after its last call.
func (b *Book) Idle() time.Duration { return b.opts.Idle }

// Begin makes a conversation. The error wraps [ErrTooMany] if the principal has
// as many as it may.
func (b *Book) Begin(principal string, kind Kind, about About) (*Conversation, error) {
	name := b.names.make(principal, kind, about, time.Now())
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.add(principal, kind, name, about)
}

// add opens a conversation, with b.mu held.
func (b *Book) add(principal string, kind Kind, name string, about About) (*Conversation, error) {
	if b.counts[principal] >= b.opts.MaxPerPrincipal {
		return nil, fmt.Errorf("%w: you have %d, as many as you may; go on with one of them, or end one; one that is not used ends by itself after %v",
			ErrTooMany, b.opts.MaxPerPrincipal, b.opts.Idle)
	}
	c := &Conversation{
		book: b, principal: principal, kind: kind, name: name, about: about,
		id:   b.names.id(principal, kind, name),
		used: time.Now(), calls: jsonrpc.NewCalls(maxCalls), left: make(chan struct{}, 1),
	}
	b.open[name] = c
	b.counts[principal]++
	return c, nil
}

// Find returns the conversation that the principal names. The error wraps
// [ErrUnknown] if there is none, and may wrap [ErrTooMany] for one of another
// server.
func (b *Book) Find(principal string, kind Kind, name string) (*Conversation, error) {
	about, made, ok := b.names.read(principal, kind, name)
	if !ok {
		return nil, ErrUnknown
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.open[name]; ok { // sealed for this principal and kind, so it is theirs
		return c, nil
	}
	if _, ended := b.ended[name]; !b.opts.Shared || kind == Stream || ended || time.Since(made) > takenAge {
		return nil, ErrUnknown
	}
	return b.add(principal, kind, name, about)
}

// End ends a conversation: its calls are cancelled and its session is stopped.
// It waits for both, for a while. Ending twice is nothing.
func (b *Book) End(c *Conversation) {
	b.mu.Lock()
	closed := b.close(c)
	b.mu.Unlock()
	if closed {
		c.stop()
	}
}

// close takes a conversation out of the book, with b.mu held. It reports false
// if it is not in it.
func (b *Book) close(c *Conversation) bool {
	if b.open[c.name] != c {
		return false
	}
	delete(b.open, c.name)
	if b.counts[c.principal]--; b.counts[c.principal] == 0 {
		delete(b.counts, c.principal)
	}
	if b.opts.Shared && c.kind != Stream && len(b.ended) < maxEnded {
		b.ended[c.name] = time.Now().Add(takenAge)
	}
	return true
}

// Open returns how many conversations of each kind there are.
func (b *Book) Open() map[Kind]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts := map[Kind]int{}
	for _, c := range b.open {
		counts[c.kind]++
	}
	return counts
}

// Close stops the reaper and cancels the calls that run. Sessions are left to
// the pool.
func (b *Book) Close() {
	b.cancel()
	b.work.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.open {
		c.cancelAll()
	}
}
