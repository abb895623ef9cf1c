package tasks

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// FuzzParams: whatever parameters a request has, it is answered, by its ID.
func FuzzParams(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"taskId":"x"}`, `{"taskId":{}}`, `{"cursor":"YWZ0ZXIgMQ"}`, `{"cursor":"!"}`, `{"name":"work","task":{"ttl":1e99}}`,
		`{"name":"work","arguments":[],"task":{"ttl":-0}}`, `{"taskId":"x","inputResponses":{"a":null}}`,
		`{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":null}}},"notifications":{"taskIds":[1]}}`,
	} {
		for method := range 6 {
			f.Add(method, seed)
		}
	}
	methods := []string{"tools/call", "tasks/get", "tasks/result", "tasks/list", "tasks/cancel", "tasks/update"}
	f.Fuzz(func(t *testing.T, method int, params string) {
		m, refusal := jsonrpc.Parse([]byte(`{"jsonrpc":"2.0","id":7,"method":"` + methods[uint(method)%uint(len(methods))] + `","params":` + params + `}`))
		if refusal != nil || m.Kind != jsonrpc.Call || string(m.ID) != "7" {
			return
		}
		table := New(Options{Tools: []string{"work"}})
		defer table.Close()
		srv := server.NewMCPServer("test", "1")
		srv.AddTool(mcp.NewTool("work"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText("done"), nil
		})
		session := jsonrpc.NewSession(1, nil)
		session.SetProtocolVersion(coreVersion)
		text := jsonrpc.Marshal(table.AskWithin(srv.WithContext(t.Context(), session), srv, m, zerolog.Nop()), zerolog.Nop())
		var answer struct{ ID int }
		if err := json.Unmarshal(text, &answer); err != nil || answer.ID != 7 {
			t.Errorf("%s is answered with %s: %v", m.Raw, text, err)
		}
	})
}
