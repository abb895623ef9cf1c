package tools

import (
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// TestEarlierConversation tells a conversation that it goes on with what
// another one has left, once, and only then.
func TestEarlierConversation(t *testing.T) {
	t.Parallel()
	const notice = "goes on from an earlier conversation"
	pool := &sessionstest.Fake{}
	kept := Options{Pool: pool, Environment: Environment{Kept: true}}
	first := converse(t, kept, "test")
	if got := texts(first.call("run_python", `{"code":"x"}`)); strings.Contains(strings.Join(got, ""), notice) {
		t.Errorf("the one that began it is told %q", got)
	}
	second := converse(t, kept, "test")
	expectText(t, second.call("run_python", `{"code":"x"}`), notice, "its variables, imports and files are there")
	if got := texts(second.call("run_python", `{"code":"x"}`)); strings.Contains(strings.Join(got, ""), notice) {
		t.Errorf("it is told again: %q", got)
	}
	third := converse(t, Options{Pool: pool}, "test")
	if got := texts(third.call("run_python", `{"code":"x"}`)); strings.Contains(strings.Join(got, ""), notice) {
		t.Errorf("it is told although sessions are not kept: %q", got)
	}
}

// TestEarlierFiles says nothing of variables that are lost.
func TestEarlierFiles(t *testing.T) {
	t.Parallel()
	x := &sessions.Execution{Restart: sessions.RestartDied}
	pool := &sessionstest.Fake{}
	if _, err := pool.Execute(t.Context(), testSession, sessions.Request{Code: "x"}); err != nil {
		t.Fatal(err)
	}
	var said notices
	newHistory(pool, sessions.DataDir, true).tellEarlier(t.Context(), &said, testSession, x)
	if said := said.String(); !strings.Contains(said, "its files are there") || strings.Contains(said, "variables") {
		t.Errorf("it is told %q", said)
	}
}
