package server

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

var mcpEndpointSaid = regexp.MustCompile(`serving MCP at (http://\S+/mcp)`)

// refusedAfter opens connections that say nothing until one is refused, and
// returns how many were not.
func refusedAfter(t *testing.T, endpoint string, most int) int {
	t.Helper()
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	for n := range most {
		c, err := net.Dial("tcp", at.Host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if r, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			r.Body.Close()
			if r.StatusCode != 503 {
				t.Errorf("connection %d: %s", n, r.Status)
			}
			return n
		}
	}
	return most
}

// The flag holds for both services over HTTP, before anybody says anything.
func TestMaxConnections(t *testing.T) {
	t.Parallel()
	script := func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Status: sessions.Succeeded}, nil
	}
	pool := servePoolOf(t, &sessionstest.Fake{Script: script}, "--max-connections=12", "--no-auth")
	if n := refusedAfter(t, pool.Endpoint, 14); n != 12 {
		t.Errorf("pool: the connection after %d was refused, want 12", n)
	}
	said := &errorText{}
	p := newProgram(t, &fakePool{Fake: &sessionstest.Fake{Script: script}}, Streams{Err: said},
		"--transport=http", "--listen=127.0.0.1:0", "--max-connections=11", "--no-auth")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.serve(ctx) }()
	var found []string
	for deadline := time.Now().Add(10 * time.Second); found == nil; {
		if found = mcpEndpointSaid.FindStringSubmatch(said.String()); found == nil && time.Now().After(deadline) {
			t.Fatalf("the server did not start: %s", said)
		}
		<-time.After(time.Millisecond)
	}
	if n := refusedAfter(t, found[1], 13); n != 11 {
		t.Errorf("MCP: the connection after %d was refused, want 11", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
