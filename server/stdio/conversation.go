package stdio

import (
	"context"
	"errors"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// A conversation is one run of Serve.
type conversation struct {
	opts           Options
	writer         *writer
	memory         *memory
	responseBudget *budget.Shares // memory for answers, in bytes
	over           chan struct{}  // closed when nothing is written any more
	running        sync.WaitGroup // calls on goroutines of their own

	input    context.Context // ends when nothing is read any more
	endInput context.CancelCauseFunc

	calls     *jsonrpc.Calls
	questions jsonrpc.Questions
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
		c.calls.Cancel(jsonrpc.IDKey(m.Cancels))
	case m.Kind == jsonrpc.Notification:
		jsonrpc.Ask(ctx, c.opts.Server, m, c.opts.Logger)
	default:
		c.start(ctx, m)
	}
}

// requester asks the client, as long as its answers are read.
func (c *conversation) requester() *jsonrpc.ClientRequester {
	return &jsonrpc.ClientRequester{
		Questions: &c.questions,
		Send: func(ctx context.Context, request mcp.JSONRPCRequest) error {
			c.writer.send(request, ctx.Done())
			return context.Cause(ctx)
		},
		Gone: c.input.Done(),
	}
}

// start answers a call on a goroutine of its own, so that the next line is read
// meanwhile. The handshake is answered at once: what follows may depend on it.
func (c *conversation) start(ctx context.Context, m jsonrpc.Message) {
	call, end, err := c.calls.Begin(ctx, m.Key())
	if err != nil {
		c.writer.send(jsonrpc.Failure(m.ID, codeOf(err), err.Error()), ctx.Done())
		return
	}
	done := func() {}
	if c.opts.Admit != nil {
		call, done = c.opts.Admit(call, Call{Method: m.Method, Tool: m.Tool})
	}
	serve := func(giveUp <-chan struct{}) {
		defer c.memory.done(m.Size)
		defer done()
		c.serve(call, m, end, giveUp)
	}
	if m.Method == string(mcp.MethodInitialize) {
		serve(ctx.Done())
		return
	}
	c.running.Go(func() { serve(c.over) })
}

// codeOf is the error code of a call that cannot begin.
func codeOf(err error) int {
	if errors.Is(err, jsonrpc.ErrBusy) {
		return mcp.INTERNAL_ERROR
	}
	return mcp.INVALID_REQUEST
}

// serve answers a call unless the client has cancelled it. The answer is dropped
// when it cannot be written before giveUp is closed.
func (c *conversation) serve(ctx context.Context, m jsonrpc.Message, end func() (cancelled bool), giveUp <-chan struct{}) {
	if m.Method == string(mcp.MethodSubscriptionsListen) { // else it would outlast the input
		listening, cancel := jsonrpc.EndWith(ctx, c.input)
		defer cancel(nil)
		ctx = listening
	}
	account := c.responseBudget.Open("client")
	answer := c.opts.Tasks.AskWithin(budget.WithAccount(ctx, account), c.opts.Server, m, c.opts.Logger)
	if end() || answer == nil {
		account.Close()
		return
	}
	c.writer.sendWithin(account, answer, giveUp)
}
