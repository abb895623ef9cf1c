package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
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

// tokens of two principals.
const adaToken, bobToken = "token-of-ada-123456", "token-of-bob-123456"

// serveTwo serves two principals with small budgets.
func serveTwo(t *testing.T) (url string) {
	t.Helper()
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	m.AddTool(mcp.NewTool("length"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(fmt.Sprintf("%d bytes", len(r.Params.RawArguments))), nil
	})
	registry := conversation.New(conversation.Options{Pool: &sessionstest.Fake{}})
	h := New(Options{Server: m, Conversations: registry, maxRequests: 16, MaxMessage: 1 << 20})
	web := httptest.NewServer(guard.New(guard.Options{Hosts: []string{"127.0.0.1"}, Who: guard.NewTokens(adaToken, bobToken)}).Wrap(h))
	t.Cleanup(func() {
		h.Drain()
		h.Interrupt()
		web.CloseClientConnections()
		web.Close()
		registry.Close()
	})
	return web.URL
}

// send sends a request for a principal and returns its first line of answer.
func send(t *testing.T, url, token, text string) (status string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	line, body, _ := strings.Cut(text, "\r\n")
	_, err = io.WriteString(conn, line+"\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "+token+"\r\nContent-Type: application/json\r\n"+body)
	if err != nil {
		t.Fatal(err)
	}
	status, err = bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(status)
}

func TestOnePrincipalLeavesRequestsToOthers(t *testing.T) {
	t.Parallel()
	url := serveTwo(t)
	for i := range 10 {
		want := "HTTP/1.1 200 OK"
		if i >= 8 {
			want = "HTTP/1.1 503 Service Unavailable"
		}
		if got := send(t, url, adaToken, "GET /sse HTTP/1.1\r\n\r\n"); got != want {
			t.Fatalf("stream %d: got %s", i, got)
		}
	}
	if got := send(t, url, bobToken, "GET /sse HTTP/1.1\r\n\r\n"); got != "HTTP/1.1 200 OK" {
		t.Errorf("bob: %s", got)
	}
}

func TestOnePrincipalLeavesMemoryToOthers(t *testing.T) {
	t.Parallel()
	url := serveTwo(t)
	for range 4 { // all she may have, for bodies that never come
		got := send(t, url, adaToken, fmt.Sprintf("POST /mcp HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", 1<<20))
		if got != "HTTP/1.1 100 Continue" { // the server begins to read
			t.Fatalf("got %s", got)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/mcp", strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"length","arguments":{"text":"`+strings.Repeat("x", 500<<10)+
			`"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + bobToken, "Content-Type": "application/json",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "length"} {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := text(t, response); !strings.Contains(got, "512011 bytes") {
		t.Errorf("bob: %d %s", response.StatusCode, got)
	}
}
