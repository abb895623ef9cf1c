package stdio

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// conversation is one run of Serve.
type conversation struct {
	opts    Options
	writer  *writer
	memory  *memory
	cancel  context.CancelCauseFunc // all requests
	over    chan struct{}           // closed when nothing is written any more
	ended   chan struct{}           // closed when nothing is read any more
	running sync.WaitGroup          // requests on goroutines of their own

	questions jsonrpc.Questions

	mu       sync.Mutex
	inFlight map[string]*request // by the text of their ID
}

// request is a request that is under way.
type request struct {
	message   jsonrpc.Message
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
	case m.Kind == jsonrpc.Response:
		c.questions.Answer(m)
	case m.Method == jsonrpc.MethodCancelled:
		c.cancelRequest(m.Cancels)
	case m.Kind == jsonrpc.Notification:
		jsonrpc.Ask(ctx, c.opts.Server, m, c.opts.Logger)
	default:
		c.start(ctx, m)
	}
}

// line is the way to the client: it can be asked as long as its answers are read.
func (c *conversation) line() *jsonrpc.Line {
	return &jsonrpc.Line{
		Questions: &c.questions,
		Send: func(ctx context.Context, request mcp.JSONRPCRequest) error {
			c.writer.send(request, ctx.Done())
			return context.Cause(ctx)
		},
		Gone: c.ended,
	}
}

// start answers a request on a goroutine of its own, so that the next line is
// read meanwhile. The handshake is answered at once: what follows may depend on
// it.
func (c *conversation) start(ctx context.Context, m jsonrpc.Message) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &request{message: m, cancel: cancel}
	if refusal := c.add(r); refusal != nil {
		c.writer.send(*refusal, ctx.Done())
		cancel(nil)
		return
	}
	done := func() {}
	if c.opts.Admit != nil {
		ctx, done = c.opts.Admit(ctx, Call{Method: m.Method, Tool: m.Tool})
	}
	serve := func(giveUp <-chan struct{}) {
		defer c.memory.done(m.Size)
		defer cancel(nil)
		defer done()
		account := c.opts.Answers.Open("client")
		ctx := budget.WithAccount(ctx, account)
		account.Wait(ctx, jsonrpc.Need(m))
		answer := jsonrpc.Ask(ctx, c.opts.Server, m, c.opts.Logger)
		account.Keep(max(jsonrpc.Need(m), jsonrpc.ResultMemory)) // what the session gave is gone
		if c.remove(r) && answer != nil {
			c.writer.sendWithin(account, answer, giveUp)
		} else {
			account.Close()
		}
	}
	if m.Method == string(mcp.MethodInitialize) {
		serve(ctx.Done())
		return
	}
	c.running.Go(func() { serve(c.over) })
}

// add registers a request, or says why it cannot run.
func (c *conversation) add(r *request) *mcp.JSONRPCError {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.inFlight[r.message.Key()]; ok {
		return jsonrpc.Refuse(r.message.ID, mcp.INVALID_REQUEST, "a request with this id is still under way; give every request an id of its own")
	}
	if len(c.inFlight) >= maxInFlight {
		return jsonrpc.Refuse(r.message.ID, mcp.INTERNAL_ERROR, "1000 requests are under way; wait for answers before you send more")
	}
	c.inFlight[r.message.Key()] = r
	return nil
}

// remove reports whether the request is to be answered.
func (c *conversation) remove(r *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.inFlight, r.message.Key())
	return !r.cancelled
}

// cancelRequest cancels the request with the given ID, if it is under way.
func (c *conversation) cancelRequest(id json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.inFlight[jsonrpc.IDKey(id)]; ok {
		r.cancelled = true
		r.cancel(ErrCancelled)
	}
}

// cancelStreams cancels the requests that only a cancellation ends.
func (c *conversation) cancelStreams() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.inFlight {
		if r.message.Method == string(mcp.MethodSubscriptionsListen) {
			r.cancel(errEnded)
		}
	}
}
