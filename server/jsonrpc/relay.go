package jsonrpc

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/budget"
)

// AskWithin is [Ask] within the account of ctx: it waits until there is memory
// for the answer. It always answers a call, even if ctx ends before: what is
// asked for then fails by itself.
func AskWithin(ctx context.Context, srv *server.MCPServer, m Message, log zerolog.Logger) mcp.JSONRPCMessage {
	account := budget.FromContext(ctx)
	account.Wait(ctx, Need(m))
	answer := Ask(ctx, srv, m, log)
	account.Keep(max(Need(m), resultMemory)) // what the session gave is gone
	return answer
}

// An Outlet takes what a call says before it is answered. Only the functions
// whose channels are set are called.
type Outlet struct {
	Notify    func(mcp.JSONRPCNotification)
	Questions <-chan mcp.JSONRPCRequest // to the client, from the call
	Ask       func(mcp.JSONRPCRequest)
	Beats     <-chan time.Time
	Beat      func()
}

// Relay passes on what a call says until it is answered, and returns the answer.
// What was notified of before a question or the answer is passed on before it.
// All functions of the outlet are called by this goroutine.
func Relay(session *Session, answer <-chan mcp.JSONRPCMessage, to Outlet) mcp.JSONRPCMessage {
	notifyAll := func() {
		for n := range session.waiting() {
			to.Notify(n)
		}
	}
	for {
		select {
		case n := <-session.Notifications():
			to.Notify(n)
		case q := <-to.Questions:
			notifyAll()
			to.Ask(q)
		case <-to.Beats:
			to.Beat()
		case last := <-answer:
			notifyAll()
			return last
		}
	}
}
