//go:build nginx

package nginx

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// An sseStream is a client of the SSE transport.
type sseStream struct {
	*exchange
	c    *caller
	path string // for its messages
	seen map[string]message
}

// openSSE opens a stream and begins a conversation.
func openSSE(t *testing.T, r *replicas) *sseStream {
	t.Helper()
	c := newCaller(t, r)
	s := &sseStream{exchange: c.send("GET", "/sse", "", nil), c: c, seen: map[string]message{}}
	t.Cleanup(func() {
		s.hangUp()
		s.Body.Close()
	})
	for s.path == "" {
		if !s.events.Scan() {
			t.Fatalf("the stream has no endpoint: %d %v", s.StatusCode, s.events.Err())
		}
		if path, ok := strings.CutPrefix(s.events.Text(), "data: "); ok {
			s.path = path
		}
	}
	s.post(e2etest.Initialize)
	s.answer(0)
	s.post(e2etest.Initialized)
	return s
}

func (s *sseStream) post(body string) {
	s.c.t.Helper()
	if status := s.c.send("POST", s.path, body, nil).status(); status != http.StatusAccepted {
		s.c.t.Fatalf("a message: %d", status)
	}
}

// call calls a tool. It reports progress.
func (s *sseStream) call(id int, name string, arguments map[string]any) {
	s.c.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": map[string]any{
		"name": name, "arguments": arguments, "_meta": map[string]any{"progressToken": id}}})
	if err != nil {
		s.c.t.Fatal(err)
	}
	s.post(string(body))
}

// answer waits for the answer to a request.
func (s *sseStream) answer(id int) message {
	s.c.t.Helper()
	key, _ := json.Marshal(id)
	for {
		if m, ok := s.seen[string(key)]; ok {
			return m
		}
		m, ok := s.next()
		if !ok {
			s.c.t.Fatalf("the stream ended: %v", s.events.Err())
		}
		s.seen[string(m.ID)] = m
	}
}
