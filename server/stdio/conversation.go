package stdio

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// conversation is one run of Serve.
type conversation struct {
	opts    Options
	writer  *writer
	memory  *memory
	cancel  context.CancelCauseFunc // all requests
	over    chan struct{}           // closed when nothing is written any more
	running sync.WaitGroup          // requests on goroutines of their own

	mu       sync.Mutex
	inFlight map[string]*request // by the text of their ID
}

// request is a request that is under way.
type request struct {
	message   message
	cancel    context.CancelCauseFunc
	cancelled bool // by the client; guarded by conversation.mu
}

// dispatch acts on one line.
func (c *conversation) dispatch(ctx context.Context, l line) {
	m, refusal := parse(l)
	switch {
	case l.tooLong > 0:
		c.writer.send(*refusal, ctx.Done())
		c.running.Go(func() { c.memory.done(l.limit) })
	case refusal != nil:
		c.writer.send(*refusal, ctx.Done())
	case m.kind == response:
		c.opts.Logger.Debug().Msg("the client answered a request that was not made")
	case m.method == cancelledMethod:
		c.cancelRequest(m.cancels)
	case m.kind == notification:
		c.answer(ctx, m)
	default:
		c.start(ctx, m)
	}
}

// start answers a request on a goroutine of its own, so that the next line is
// read meanwhile. The handshake is answered at once: what follows may depend on
// it.
func (c *conversation) start(ctx context.Context, m message) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &request{message: m, cancel: cancel}
	if refusal := c.add(r); refusal != nil {
		c.writer.send(*refusal, ctx.Done())
		cancel(nil)
		return
	}
	done := func() {}
	if c.opts.Admit != nil {
		ctx, done = c.opts.Admit(ctx, Call{Method: m.method, Tool: m.tool})
	}
	serve := func(giveUp <-chan struct{}) {
		defer c.memory.done(m.size)
		defer cancel(nil)
		defer done()
		answer := c.answer(ctx, m)
		if c.remove(r) && answer != nil {
			c.writer.send(answer, giveUp)
		}
	}
	if m.method == string(mcp.MethodInitialize) {
		serve(ctx.Done())
		return
	}
	c.running.Go(func() { serve(c.over) })
}

// answer asks the server and puts the ID of the request back as it was sent:
// the library reads numbers as floating point and so changes large ones.
func (c *conversation) answer(ctx context.Context, m message) (answer mcp.JSONRPCMessage) {
	defer func() {
		if v := recover(); v != nil {
			c.opts.Logger.Error().Str("method", m.method).Interface("panic", v).Msg("a request failed inside of the server")
			answer = failure(m.id, mcp.INTERNAL_ERROR, "the server failed; its log says more")
		}
	}()
	if refusal := m.check(); refusal != nil {
		return *refusal
	}
	if m.args != nil {
		ctx = context.WithValue(ctx, argumentsKey{}, m.args)
		defer m.args.take() // also when no tool has
	}
	switch a := c.opts.Server.HandleMessage(ctx, m.raw).(type) {
	case mcp.JSONRPCResponse:
		a.ID = requestID(m.id)
		return a
	case mcp.JSONRPCError:
		a.ID = requestID(m.id)
		return a
	default:
		return a
	}
}

// add registers a request, or says why it cannot run.
func (c *conversation) add(r *request) *mcp.JSONRPCError {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.inFlight[r.message.key()]; ok {
		return refuse(r.message.id, mcp.INVALID_REQUEST, "a request with this id is still under way; give every request an id of its own")
	}
	if len(c.inFlight) >= maxInFlight {
		return refuse(r.message.id, mcp.INTERNAL_ERROR, "1000 requests are under way; wait for answers before you send more")
	}
	c.inFlight[r.message.key()] = r
	return nil
}

// remove reports whether the request is to be answered.
func (c *conversation) remove(r *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.inFlight, r.message.key())
	return !r.cancelled
}

// cancelRequest cancels the request with the given ID, if it is under way.
func (c *conversation) cancelRequest(id json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.inFlight[idKey(id)]; ok {
		r.cancelled = true
		r.cancel(ErrCancelled)
	}
}

// cancelStreams cancels the requests that only a cancellation ends.
func (c *conversation) cancelStreams() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.inFlight {
		if r.message.method == string(mcp.MethodSubscriptionsListen) {
			r.cancel(errEnded)
		}
	}
}
