package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// FuzzRequest sends anything to every route. The answer must be one of HTTP, in
// JSON if it is a refusal; no tool may run for a stranger's session.
func FuzzRequest(f *testing.F) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{}}}`
	f.Add("POST", "/mcp", "", "2025-06-18", "application/json", "text/event-stream", call)
	f.Add("POST", "/mcp", "AWsCVv03", "", "application/json", "*/*", call)
	f.Add("POST", "/mcp", "", "2026-07-28", "application/json", "", call)
	f.Add("DELETE", "/mcp", "x", "", "", "", "")
	f.Add("POST", "/message?sessionId=x&sessionId=y", "", "", "application/json", "", call)
	f.Add("POST", "/mcp", "", "", "application/json", "", `{"jsonrpc":"2.0","id":{},"method":"initialize","params":[]}`)
	f.Add("GET", "/none", "", "", "", "", "")
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithRecovery())
	ran := false
	s.AddTool(mcp.NewTool("t"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ran = ran || Conversation(ctx) != nil
		return mcp.NewToolResultText("done"), nil
	})
	registry := conversation.New(conversation.Options{Pool: &sessionstest.Fake{}, MaxPerPrincipal: 5})
	f.Cleanup(registry.Close)
	h := New(Options{Server: s, Conversations: registry, MaxMessage: 1 << 16})
	h.Drain()
	g := guard.New(guard.Options{Hosts: []string{"localhost"}, Who: guard.Everyone{}}).Wrap(h)
	f.Fuzz(func(t *testing.T, method, target, session, version, contentType, accept, body string) {
		if !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " \r\n\t") {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+target, strings.NewReader(body))
		if err != nil || r.Host != "localhost" {
			return
		}
		for name, value := range map[string]string{"Mcp-Session-Id": session, "Mcp-Protocol-Version": version, "Content-Type": contentType, "Accept": accept} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if ran {
			t.Fatal("a tool ran in a conversation that nobody began")
		}
		if w.Code < 200 || w.Code > 599 || w.Code >= 500 {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q is no JSON", w.Body)
		}
	})
}
