package jsonrpc

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"
)

// Who asked is answered, whatever the answer is.
func TestMarshal(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	answer := mcp.JSONRPCResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId("a"), Result: make(chan int)}
	if got := string(Marshal(answer, zerolog.New(&log))); !strings.Contains(got, `"id":"a"`) || !strings.Contains(got, "-32603") || log.Len() == 0 {
		t.Errorf("an answer: %s, logged %s", got, &log)
	}
	notification := mcp.JSONRPCNotification{}
	notification.Params.AdditionalFields = map[string]any{"x": make(chan int)}
	if got := Marshal(notification, zerolog.Nop()); got != nil {
		t.Errorf("a notification: %s", got)
	}
	answer.Result = map[string]int{"b": 1}
	if got := string(Marshal(answer, zerolog.Nop())); got != `{"jsonrpc":"2.0","id":"a","result":{"b":1}}` {
		t.Errorf("got %s", got)
	}
}
