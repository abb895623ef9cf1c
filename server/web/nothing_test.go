package web

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestWrongPathsNameTheRightOnes(t *testing.T) {
	t.Parallel()
	for _, onlySSE := range []bool{false, true} {
		registry := conversation.New(conversation.Options{Pool: &sessionstest.Fake{}})
		t.Cleanup(registry.Close)
		h := New(Options{Server: server.NewMCPServer("test", "1"), Conversations: registry, OnlySSE: onlySSE})
		paths := []string{"/", "/mcp/", "/v1/mcp", "/sse/x"}
		if onlySSE {
			paths = append(paths, "/mcp")
		}
		for _, path := range paths {
			for _, method := range []string{"GET", "POST"} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(`{}`)))
				if text := w.Body.String(); w.Code != 404 || !strings.Contains(text, "MCP only at /sse") && !strings.Contains(text, "MCP is at /mcp") || strings.Contains(text, "/mcp") == onlySSE {
					t.Errorf("%s %s, SSE alone %t: %d %s", method, path, onlySSE, w.Code, text)
				}
			}
		}
	}
}
