// Package web talks to the built program over streamable HTTP and over SSE, on real
// sandboxes.
package web

import (
	"net/http"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestHTTPSessions has two conversations of the era with sessions: each has its own
// variables, and one that its client deletes is gone.
func TestHTTPSessions(t *testing.T) {
	t.Parallel()
	server := e2etest.StartWeb(t, e2etest.Program(t), "--warm=0")
	one, two := e2etest.NewCaller(t, server.URL, server.Token), e2etest.NewCaller(t, server.URL, server.Token)
	one.Begin()
	two.Begin()
	one.Run("mine = 1", "")
	two.Run("mine = 2", "")
	for caller, want := range map[*e2etest.Caller]string{one: "mine is 1", two: "mine is 2"} {
		if got := caller.Run("print('mine is', mine)", ""); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if status := one.Send("DELETE", "/mcp", "", nil).End(); status != http.StatusNoContent {
		t.Errorf("DELETE: %d", status)
	}
	if status := one.Call("run_python", map[string]any{"code": "1"}).End(); status != http.StatusNotFound {
		t.Errorf("after DELETE: %d", status)
	}
	one.Token, one.Session = "wrong", ""
	if status := one.Send("POST", "/mcp", e2etest.Initialize, nil).End(); status != http.StatusUnauthorized {
		t.Errorf("with another token: %d", status)
	}
}

// TestHTTPHandles has a conversation of the era without sessions: a handle goes on
// with it, and a call without one begins another.
func TestHTTPHandles(t *testing.T) {
	t.Parallel()
	server := e2etest.StartWeb(t, e2etest.Program(t), "--warm=0")
	caller := e2etest.NewCaller(t, server.URL, server.Token)
	handle := caller.Handle(caller.Run("mine = 1", ""))
	if got := caller.Run("print('mine is', mine)", handle); !strings.Contains(got, "mine is 1") {
		t.Errorf("with the handle: %s", got)
	}
	if got := caller.Run("'mine' in globals()", ""); !strings.Contains(got, "False") {
		t.Errorf("without: %s", got)
	}
}
