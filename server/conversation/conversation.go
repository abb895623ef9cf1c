package conversation

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions"
)

// maxCalls bounds the calls of one conversation that are in flight.
const maxCalls = 100

// A Conversation is one client's, or one model's. Its methods may be called
// concurrently.
type Conversation struct {
	registry  *Registry
	principal string
	kind      Kind
	name      string
	about     About
	id        sessions.ID
	needed    atomic.Bool // the pool may have a session
	questions jsonrpc.Questions

	calls *jsonrpc.Calls

	mu   sync.Mutex
	over bool
	used time.Time
	left chan struct{} // gets a token when the last call has left
}

// Name returns the name that the client knows the conversation by.
func (c *Conversation) Name() string { return c.name }

// About returns what the client said at the beginning.
func (c *Conversation) About() About { return c.about }

// Questions returns what calls on this server ask the conversation's client.
func (c *Conversation) Questions() *jsonrpc.Questions { return &c.questions }

// Session returns the pool's name for the conversation's session.
func (c *Conversation) Session() sessions.ID {
	c.needed.Store(true)
	return c.id
}

// Enter begins a call; leave must be called at its end, and may be called again.
// The conversation does not become idle in between. The call's context ends with
// the conversation, and when [Conversation.Cancel] names the key; a call with the
// key "" cannot be named. The error is [ErrUnknown], [jsonrpc.ErrBusy] or
// [jsonrpc.ErrInUse].
func (c *Conversation) Enter(ctx context.Context, key string) (_ context.Context, leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, nil, ErrUnknown
	}
	ctx, end, err := c.calls.Begin(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	c.used = time.Now()
	var once sync.Once
	return ctx, func() { once.Do(func() { c.leave(end) }) }, nil
}

func (c *Conversation) leave(end func() (cancelled bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end()
	c.used = time.Now()
	if c.calls.Len() == 0 {
		select {
		case c.left <- struct{}{}:
		default:
		}
	}
}

// Cancel cancels the call with the key, if it is in flight, because of
// [jsonrpc.ErrCancelled].
func (c *Conversation) Cancel(key string) { c.calls.Cancel(key) }

func (c *Conversation) cancelAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.calls.CancelAll(ErrEnded)
}

// stop ends a conversation that was removed from the registry.
func (c *Conversation) stop() {
	c.cancelAll()
	late := time.NewTimer(leaveTime)
	defer late.Stop()
	for c.calls.Len() > 0 {
		select {
		case <-c.left:
		case <-late.C:
			c.halt()
			return
		}
	}
	c.halt()
}

// halt stops the session, and tells others that it has ended. A server that took the conversation from another one
// does not know whether there is a session.
func (c *Conversation) halt() {
	if ended := c.registry.opts.Ended; ended != nil {
		defer ended(c.id)
	}
	if !c.needed.Load() && !c.registry.opts.Shared {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := c.registry.opts.Pool.Stop(ctx, c.id); err != nil {
		c.registry.opts.Logger.Warn().Err(err).Msg("could not stop the session of a conversation that has ended; it ends after its cooldown")
	}
}
