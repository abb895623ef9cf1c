package server

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// sseClient is a client of the older transport.
type sseClient struct {
	s        *webServer
	endpoint string
	events   *bufio.Reader
	close    context.CancelFunc
}

func (s *webServer) sse(token string) *sseClient {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	response := s.open(ctx, request{method: "GET", path: "/sse", token: token})
	s.t.Cleanup(func() { cancel(); response.Body.Close() })
	c := &sseClient{s: s, events: bufio.NewReader(response.Body), close: cancel}
	c.endpoint = c.next()
	return c
}

// next returns the data of the next event.
func (c *sseClient) next() string {
	c.s.t.Helper()
	for {
		line, err := c.events.ReadString('\n')
		if err != nil {
			c.s.t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			return strings.TrimSpace(data)
		}
	}
}

func TestWebSSE(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	one, two := s.sse(ada), s.sse(ada)
	for i, c := range []*sseClient{one, two} {
		s.do(request{path: c.endpoint, body: initializeBody})
		c.next()
		if a := s.do(request{path: c.endpoint, body: runCall(1, fmt.Sprint("set ", i))}); a.status != 202 {
			t.Fatalf("got %d %s", a.status, a.text)
		}
		c.next()
	}
	for i, c := range []*sseClient{one, two} {
		s.do(request{path: c.endpoint, body: runCall(1, "get")})
		if text := c.next(); !strings.Contains(text, fmt.Sprintf(`\u003c%d\u003e`, i)) {
			t.Errorf("stream %d got %s", i, text)
		}
	}
	for name, r := range map[string]request{
		"another's stream": {path: one.endpoint, token: bob, body: runCall(1, "get")},
		"made up":          {path: "/message?sessionId=x", body: runCall(1, "get")},
		"a session":        {path: "/message?sessionId=" + s.begin(ada), body: runCall(1, "get")},
		"as a session":     {session: strings.TrimPrefix(one.endpoint, "/message?sessionId="), body: runCall(1, "get")},
	} {
		if a := s.do(r); a.status != 404 {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := s.do(request{path: "/message", body: runCall(1, "get")}); a.status != 400 {
		t.Errorf("no ID: %d", a.status)
	}
	s.do(request{path: one.endpoint, body: runCall(2, "wait")})
	running := <-s.pool.running
	one.close()
	<-running.Done() // the stream is gone, and with it the call
}

func TestServeSSEAlone(t *testing.T) {
	t.Parallel()
	said, stop := listenOf(t, &fakePool{Fake: &sessionstest.Fake{}}, "--transport=sse", "--no-auth")
	s := &webServer{t: t, url: saidURL.FindString(said)}
	if a := s.do(request{body: initializeBody}); a.status != 404 {
		t.Errorf("/mcp: %d", a.status)
	}
	c := s.sse(ada)
	s.do(request{path: c.endpoint, body: initializeBody})
	if text := c.next(); !strings.Contains(text, "2025-06-18") {
		t.Errorf("got %s", text)
	}
	if err := stop(); err != nil { // and does not wait for the stream
		t.Error(err)
	}
}
