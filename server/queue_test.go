package server

import (
	"context"
	"errors"
	"testing"

	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestExecutionQueue(t *testing.T) {
	t.Parallel()
	run := stdio.Call{Method: "tools/call", Tool: "run_python"}
	a := newExecutionQueue(&sessionstest.Fake{})
	first, firstDone := a.admit(t.Context(), run)
	second, secondDone := a.admit(t.Context(), run)
	third, thirdDone := a.admit(t.Context(), run)
	id := sessions.NewID()

	var stages []string
	note := func(e sessions.Event) { stages = append(stages, e.Text) }
	impatient, cancel := context.WithCancel(second)
	cancel()
	if _, err := a.Execute(impatient, id, sessions.Request{Code: "2", Events: note}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call that waits for its turn: %v", err)
	}
	if len(stages) != 1 {
		t.Errorf("a call that waits said %q", stages)
	}
	secondDone()
	ran := make(chan error, 1)
	go func() {
		_, err := a.Execute(third, id, sessions.Request{Code: "3"})
		ran <- err
	}()
	select {
	case err := <-ran:
		t.Fatalf("the third ran before the first had ended: %v", err)
	default:
	}
	if _, err := a.Execute(first, id, sessions.Request{Code: "1"}); err != nil {
		t.Error(err)
	}
	firstDone()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	thirdDone()
	if len(a.queued) != 0 {
		t.Errorf("%d are left in the queue", len(a.queued))
	}
	other, done := a.admit(t.Context(), stdio.Call{Method: "tools/call", Tool: "list_files"})
	defer done()
	if other.Value(executionKey{}) != nil || len(a.queued) != 0 {
		t.Error("a call that runs no code waits in the queue")
	}
	if _, err := a.Execute(t.Context(), id, sessions.Request{Code: "4"}); err != nil {
		t.Error(err)
	}
}
