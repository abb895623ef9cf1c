package e2etest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// An SSE is a conversation over the SSE transport.
type SSE struct {
	*Exchange
	c    *Caller
	Path string // for its messages
	seen map[string]Message
}

// OpenSSE opens a stream and begins a conversation.
func (c *Caller) OpenSSE() *SSE {
	c.t.Helper()
	s := &SSE{Exchange: c.Send("GET", "/sse", "", nil), c: c, seen: map[string]Message{}}
	c.t.Cleanup(func() {
		s.HangUp()
		s.Body.Close()
	})
	for s.Path == "" {
		if !s.events.Scan() {
			c.t.Fatalf("the stream has no endpoint: %d %v", s.StatusCode, s.events.Err())
		}
		if path, ok := strings.CutPrefix(s.events.Text(), "data: "); ok {
			s.Path = path
		}
	}
	s.Post(Initialize)
	s.Answer(0)
	s.Post(Initialized)
	return s
}

// Post sends a message, which must be accepted.
func (s *SSE) Post(body string) {
	s.c.t.Helper()
	if status := s.c.Send("POST", s.Path, body, nil).End(); status != http.StatusAccepted {
		s.c.t.Fatalf("a message: %d", status)
	}
}

// Call calls a tool. It reports progress.
func (s *SSE) Call(id int, name string, arguments map[string]any) {
	s.c.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": map[string]any{
		"name": name, "arguments": arguments, "_meta": map[string]any{"progressToken": id}}})
	if err != nil {
		s.c.t.Fatal(err)
	}
	s.Post(string(body))
}

// Answer waits for the answer to a request.
func (s *SSE) Answer(id int) Message {
	s.c.t.Helper()
	key, _ := json.Marshal(id)
	for {
		if m, ok := s.seen[string(key)]; ok {
			return m
		}
		m, ok := s.Next()
		if !ok {
			s.c.t.Fatalf("the stream ended: %v", s.events.Err())
		}
		s.seen[string(m.ID)] = m
	}
}
