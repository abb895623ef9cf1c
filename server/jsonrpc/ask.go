package jsonrpc

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
)

// Ask gives a message to srv and returns the answer; nil for a message that has
// none. It answers a panic with an internal error. The answer has the ID as it
// was sent, since the library reads numbers as floating point and so changes
// large ones.
//
// The arguments of a large tool call bypass the library; srv must have [HandOver]
// among its tool middlewares to give them to the tools.
func Ask(ctx context.Context, srv *server.MCPServer, m Message, log zerolog.Logger) (answer mcp.JSONRPCMessage) {
	defer func() {
		if v := recover(); v != nil {
			log.Error().Str("method", m.Method).Interface("panic", v).Msg("a request panicked")
			answer = Failure(m.ID, mcp.INTERNAL_ERROR, "the server failed; its log has details")
		}
	}()
	if refusal := m.check(); refusal != nil {
		return *refusal
	}
	if m.args != nil {
		ctx = context.WithValue(ctx, argumentsKey{}, m.args)
		defer m.args.take() // also when no tool has
	}
	switch a := srv.HandleMessage(ctx, m.Raw).(type) {
	case mcp.JSONRPCResponse:
		a.ID = requestID(m.ID)
		return a
	case mcp.JSONRPCError:
		a.ID = requestID(m.ID)
		nameResource(&a.Error, m)
		return a
	case nil:
		if m.Kind == Call {
			return Failure(m.ID, mcp.INVALID_REQUEST, "a request must not have a result")
		}
		return nil
	default:
		return a
	}
}
