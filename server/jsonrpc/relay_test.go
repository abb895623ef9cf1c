package jsonrpc

import (
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// What was notified of before a question, or before the answer, goes before it.
func TestRelayKeepsTheOrder(t *testing.T) {
	t.Parallel()
	session := NewSession(8, nil)
	notify := func(method string) {
		session.NotificationChannel() <- mcp.JSONRPCNotification{Notification: mcp.Notification{Method: method}}
	}
	questions, answers := make(chan mcp.JSONRPCRequest, 1), make(chan mcp.JSONRPCMessage, 1)
	var said []string
	notify("first")
	notify("second")
	questions <- mcp.JSONRPCRequest{Request: mcp.Request{Method: "question"}}
	last := Relay(session, answers, Outlet{
		Notify:    func(n mcp.JSONRPCNotification) { said = append(said, n.Method) },
		Questions: questions,
		Ask: func(q mcp.JSONRPCRequest) {
			said = append(said, q.Method)
			notify("third")
			answers <- "answer"
		},
	})
	if want := []string{"first", "second", "question", "third"}; last != "answer" || !slices.Equal(said, want) {
		t.Errorf("got %q and then %v; want %q", said, last, want)
	}
}
