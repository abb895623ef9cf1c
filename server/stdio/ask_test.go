package stdio

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// addAsk adds a tool that asks the user.
func (c *client) addAsk(s *server.MCPServer) {
	s.AddTool(mcp.NewTool("ask"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		r, err := s.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{
			Message: "Who?", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}}}})
		if err != nil {
			c.causes <- err
			return mcp.NewToolResultError(err.Error()), nil
		}
		return mcp.NewToolResultText(string(r.Action)), nil
	})
}

func TestToolsAskTheClient(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{}},"clientInfo":{"name":"test","version":"1"}}}`)
	c.next()
	c.call(1, "ask")
	q := c.next()
	if q.Method != "elicitation/create" || q.Params["message"] != "Who?" {
		t.Fatalf("got %+v", q)
	}
	c.send(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`)
	c.send(`{"jsonrpc":"2.0","id":%s,"result":{"action":"decline"}}`, q.ID)
	if a := c.next(); string(a.ID) != "1" || !strings.Contains(string(a.Result), "decline") {
		t.Errorf("got %+v", a)
	}
	c.call(2, "ask")
	q = c.next()
	c.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	if a := c.next(); a.Method != "notifications/cancelled" || `"`+a.Params["requestId"].(string)+`"` != string(q.ID) {
		t.Errorf("got %+v", a)
	}
	if err := <-c.causes; !errors.Is(err, jsonrpc.ErrCancelled) {
		t.Errorf("cancelled: %v", err)
	}
	c.call(3, "ask")
	c.next()
	c.in.Close() // nobody will answer
	if err := <-c.causes; !errors.Is(err, jsonrpc.ErrGone) {
		t.Errorf("after the input: %v", err)
	}
	if a := c.next(); string(a.ID) != "3" {
		t.Errorf("got %+v", a)
	}
	if err := c.wait(); err != nil {
		t.Error(err)
	}
}
