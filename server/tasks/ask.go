package tasks

import (
	"context"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// ask has the library carry out the call, again with each input of the client.
func (k *task) ask(ctx context.Context, srv *server.MCPServer, r request) mcp.JSONRPCMessage {
	session := sessionLike(r.session)
	for call, next := r.Message, true; ; {
		answer := k.askOnce(ctx, srv, session, call.Copy())
		if call, next = k.again(ctx, call, answer); next {
			continue
		}
		if err := context.Cause(ctx); err != nil && neededBy(answer) != nil {
			return jsonrpc.Failure(call.ID, mcp.INTERNAL_ERROR, "the call ended before it got what it asked for: "+err.Error())
		}
		return answer
	}
}

// askOnce has the library carry out a call, and passes on what that reports.
func (k *task) askOnce(ctx context.Context, srv *server.MCPServer, session *jsonrpc.Session, call jsonrpc.Message) mcp.JSONRPCMessage {
	answers := make(chan mcp.JSONRPCMessage, 1)
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() { answers <- jsonrpc.AskWithin(srv.WithContext(ctx, session), srv, call, k.log) })
	return jsonrpc.Relay(session, answers, jsonrpc.Outlet{Notify: k.report})
}

// sessionLike returns a session for the same client, which cannot be asked for anything:
// nobody may wait for the call.
func sessionLike(s *jsonrpc.Session) *jsonrpc.Session {
	like := jsonrpc.NewSession(reports, nil)
	like.SetProtocolVersion(s.ProtocolVersion())
	like.SetClientInfo(s.GetClientInfo())
	like.SetLogLevel(s.GetLogLevel())
	capabilities := s.GetClientCapabilities()
	capabilities.Elicitation, capabilities.Sampling, capabilities.Roots = nil, nil, nil
	like.SetClientCapabilities(capabilities)
	like.Initialize()
	return like
}
