package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
)

// TestReplicas sends each request to another server than the one before.
func TestReplicas(t *testing.T) {
	t.Parallel()
	pool := newVariablePool()
	var handlers []http.Handler
	var books []*conversation.Registry
	for range 2 {
		registry := conversation.New(conversation.Options{Pool: pool, Key: []byte("a key of two servers"), Shared: true})
		s, err := newProgram(t, pool, Streams{}, "--transport=http").newService(pool, registry, newTasks(t), linksTo(t, pool), nil, guard.NewTokens(ada, bob))
		if err != nil {
			t.Fatal(err)
		}
		handlers, books = append(handlers, s.handler), append(books, registry)
		t.Cleanup(registry.Close)
	}
	var turn atomic.Uint64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[turn.Add(1)%2].ServeHTTP(w, r)
	}))
	defer front.Close()
	s := &webServer{t: t, url: front.URL, pool: pool}

	old := s.begin(ada)
	s.do(request{session: old, body: runCall(1, "set 5")})
	handle := handleText.FindStringSubmatch(s.do(modernRun("set 7", "")).message.text())
	if handle == nil {
		t.Fatal("no handle")
	}
	for i := range 7 { // an odd number, so that both servers get both kinds
		if a := s.do(request{session: old, body: runCall(i, "get")}); !strings.Contains(a.message.text(), "<5>") {
			t.Errorf("session, call %d: %s", i, a.text)
		}
		if i%2 == 0 {
			s.do(request{session: old, body: fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"ping"}`, i)})
		}
		if a := s.do(modernRun("get", handle[1])); !strings.Contains(a.message.text(), "<7>") {
			t.Errorf("handle, call %d: %s", i, a.text)
		}
	}
	if a := s.do(request{token: bob, session: old, body: runCall(1, "get")}); a.status != 404 {
		t.Errorf("another's session: %d %s", a.status, a.text)
	}
	for _, registry := range books {
		if open := registry.Open(); open[conversation.Session] != 1 || open[conversation.Handle] != 1 {
			t.Errorf("a server has %v", open)
		}
	}
}
