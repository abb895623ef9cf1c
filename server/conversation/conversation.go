package conversation

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions"
)

// maxCalls bounds the requests of one conversation that are under way.
const maxCalls = 100

// A Conversation is one client's, or one model's. Its methods may be called
// concurrently.
type Conversation struct {
	book      *Book
	principal string
	kind      Kind
	name      string
	about     About
	id        sessions.ID
	needed    atomic.Bool // the pool may have a session for it
	questions jsonrpc.Questions

	mu     sync.Mutex
	over   bool
	used   time.Time
	count  int    // calls that run
	serial uint64 // of the last call without a key
	calls  map[call]context.CancelCauseFunc
	left   chan struct{} // gets a token when the last call has left
}

// A call is one that runs: by its key, or by a number if it has none.
type call struct {
	key    string
	serial uint64
}

// Name is what the client calls the conversation by.
func (c *Conversation) Name() string { return c.name }

// About is what the client said at the beginning.
func (c *Conversation) About() About { return c.about }

// Questions are what calls of the conversation ask its client on this server.
func (c *Conversation) Questions() *jsonrpc.Questions { return &c.questions }

// Session returns the pool's name for the conversation's session.
func (c *Conversation) Session() sessions.ID {
	c.needed.Store(true)
	return c.id
}

// Enter begins a call, which must leave. The conversation does not become idle
// meanwhile. The context that it returns ends with the conversation, and when
// [Conversation.Cancel] names the key; a call without a key cannot be named. The
// error is [ErrUnknown], [ErrBusy] or [ErrInUse].
func (c *Conversation) Enter(ctx context.Context, key string) (_ context.Context, leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return nil, nil, ErrUnknown
	case c.count >= maxCalls:
		return nil, nil, ErrBusy
	}
	this := call{key: key}
	if key == "" {
		c.serial++
		this.serial = c.serial
	} else if _, ok := c.calls[this]; ok {
		return nil, nil, ErrInUse
	}
	ctx, cancel := context.WithCancelCause(ctx)
	c.calls[this] = cancel
	c.count++
	c.used = time.Now()
	var once sync.Once
	return ctx, func() { once.Do(func() { cancel(nil); c.leave(this) }) }, nil
}

func (c *Conversation) leave(this call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, this)
	c.used = time.Now()
	if c.count--; c.count == 0 {
		select {
		case c.left <- struct{}{}:
		default:
		}
	}
}

// Cancel cancels the call with the key, if it runs. The cause of its context is
// [ErrCancelled] then.
func (c *Conversation) Cancel(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.calls[call{key: key}]; ok {
		cancel(ErrCancelled)
	}
}

func (c *Conversation) cancelAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, cancel := range c.calls {
		cancel(ErrEnded)
	}
}

// stop ends a conversation that is out of the book.
func (c *Conversation) stop() {
	c.cancelAll()
	late := time.NewTimer(leaveTime)
	defer late.Stop()
	for c.running() {
		select {
		case <-c.left:
		case <-late.C:
			c.halt()
			return
		}
	}
	c.halt()
}

func (c *Conversation) running() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count > 0
}

// halt stops the session. A server that took the conversation from another one
// does not know whether there is a session.
func (c *Conversation) halt() {
	if !c.needed.Load() && !c.book.opts.Shared {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := c.book.opts.Pool.Stop(ctx, c.id); err != nil {
		c.book.opts.Logger.Warn().Err(err).Msg("the session of a conversation that has ended could not be stopped; it ends after its cooldown")
	}
}
