// Package stdio carries one MCP conversation over a pair of streams: JSON-RPC
// 2.0, one message a line, UTF-8 (MCP specification, "Transports", stdio).
//
// [Serve] reads requests, gives each to an MCP server on its own goroutine and
// writes the answers as they come. It guarantees:
//
//   - When the input ends, calls in flight continue; Serve writes their answers
//     and then returns. It does not wait for calls whose answers nobody can read
//     any more.
//   - When the context ends, calls are cancelled; answers that arrive within the
//     grace period are still written.
//   - A cancellation takes effect however many calls are in flight, and reaches
//     only the call that it names, which is then not answered.
//   - What a call reports while it runs is written before its answer.
//   - A call may ask the client for something (MCP up to 2025-11-25: elicitation,
//     sampling, roots) until the input ends.
//   - A line that is not a request is answered with a protocol error and has no
//     other effect. Memory stays bounded, whatever is sent.
//
// The library's own stdio server is not used: it ends running calls with the
// input, runs at most five tool calls at a time, and shares one package-level
// session among all servers of a process.
package stdio

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/server/tasks"
	"dynamic-sessions-mcp/sessions/budget"
)

// Options configure Serve. Server is required.
type Options struct {
	// Server answers the requests. Its tools must read their arguments with
	// GetRawArguments or BindArguments of the request, since those of large
	// messages are nowhere else. Serve adds a tool middleware that puts them there.
	Server *server.MCPServer
	// Tasks has the calls that outlive their requests, and stays the caller's. Nil means
	// that there are none.
	Tasks *tasks.Table
	// MaxMessage is the length of the longest line that is accepted, in bytes.
	// Zero means 32 MiB. A longer one is skipped and answered with an error.
	MaxMessage int
	// Grace is how long cancelled calls have to answer when ctx ends or the
	// client has gone. Zero means a second.
	Grace time.Duration
	// Admit, if set, is called for every request in the order in which they were
	// read. It must not block. The request runs with the context that it returns,
	// and done is called when the request has ended.
	Admit func(ctx context.Context, call Call) (_ context.Context, done func())
	// Logger logs failures of the streams, never their content.
	Logger zerolog.Logger
}

// A Call is what Options.Admit learns about a request.
type Call struct {
	Method string
	Tool   string // the tool, if Method is tools/call
}

const (
	defaultMaxMessage = 32 << 20
	defaultGrace      = time.Second
	// maxInFlight bounds the requests in flight, and with them the memory that a
	// client can make the server use.
	maxInFlight = 1000
)

// Why requests are cancelled; see context.Cause.
var (
	errGone  = errors.New("the client has gone")
	errEnded = errors.New("the input has ended")
)

// Serve answers requests from in on out. It returns nil when in has ended and
// every request is answered, the cause of ctx when ctx ends, and another error
// when out cannot be written to.
//
// Serve closes neither stream. If it returns early, a pending read of in ends
// with in; a write to out that never ends is abandoned after the grace period.
func Serve(ctx context.Context, in io.Reader, out io.Writer, opts Options) error {
	if opts.MaxMessage == 0 {
		opts.MaxMessage = defaultMaxMessage
	}
	if opts.Grace == 0 {
		opts.Grace = defaultGrace
	}
	c := &conversation{opts: opts, calls: jsonrpc.NewCalls(maxInFlight), over: make(chan struct{}), memory: newMemory(), responseBudget: budget.New(budget.AnswerMemory)}
	defer c.responseBudget.Close()
	c.input, c.endInput = context.WithCancelCause(context.Background())
	defer c.endInput(nil)
	session := jsonrpc.NewSession(256, c.requester())
	if err := opts.Server.RegisterSession(ctx, session); err != nil {
		return err
	}
	defer opts.Server.UnregisterSession(context.WithoutCancel(ctx), session.SessionID())

	opts.Server.Use(jsonrpc.HandOver)
	requests, cancel := context.WithCancelCause(opts.Server.WithContext(ctx, session))
	defer cancel(nil)
	c.writer = newWriter(out, session.Notifications(), c.memory, opts.Logger)
	err := c.read(requests, in)
	if err == nil {
		err = c.drain(ctx, out)
	}
	if err != nil {
		cancel(err)
	}
	c.end()
	return err
}

// read dispatches the lines of in until it ends.
func (c *conversation) read(ctx context.Context, in io.Reader) error {
	stop := make(chan struct{})
	defer close(stop)
	lines := readLines(in, c.opts.MaxMessage, stop)
	for {
		select {
		case l := <-lines:
			switch {
			case l.err == nil:
				c.dispatch(ctx, l)
			case errors.Is(l.err, io.EOF):
				return nil
			default:
				c.opts.Logger.Warn().Err(l.err).Msg("reading requests failed; the conversation ends")
				return nil
			}
		case <-c.writer.done:
			return c.writer.err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// drain waits until every request is answered. Requests that last until they
// are cancelled are cancelled.
func (c *conversation) drain(ctx context.Context, out io.Writer) error {
	c.endInput(errEnded)
	answered := make(chan struct{})
	go func() {
		c.running.Wait()
		close(answered)
	}()
	stop := make(chan struct{})
	defer close(stop)
	select {
	case <-answered:
		return nil
	case <-hangUp(out, stop):
		return errGone
	case <-c.writer.done:
		return c.writer.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end gives requests in flight the grace period, then the writer
// what is left of it.
func (c *conversation) end() {
	defer close(c.over)
	grace := time.NewTimer(c.opts.Grace)
	defer grace.Stop()
	answered := make(chan struct{})
	go func() {
		c.running.Wait()
		close(answered)
	}()
	select {
	case <-answered:
	case <-c.writer.done:
	case <-grace.C:
		c.opts.Logger.Warn().Msg("requests ignored their cancellation and are not answered")
		grace.Reset(c.opts.Grace / 4)
	}
	c.writer.finish()
	select {
	case <-c.writer.done:
	case <-grace.C:
		c.opts.Logger.Warn().Msg("the client does not read its answers")
	}
}
