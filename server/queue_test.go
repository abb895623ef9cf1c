package server

import (
	"context"
	"errors"
	"testing"

	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/sessions"
)

func TestExecutionQueue(t *testing.T) {
	t.Parallel()
	run := stdio.Call{Method: "tools/call", Tool: "run_python"}
	a := &executionQueue{}
	first, firstDone := a.admit(t.Context(), run)
	second, secondDone := a.admit(t.Context(), run)
	third, thirdDone := a.admit(t.Context(), run)
	var stages []string
	note := func(e sessions.Event) { stages = append(stages, e.Text) }
	impatient, cancel := context.WithCancel(second)
	cancel()
	if err := a.await(impatient, note); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call that waits for its turn: %v", err)
	}
	if len(stages) != 1 {
		t.Errorf("a call that waits said %q", stages)
	}
	secondDone()
	ran := make(chan error, 1)
	go func() { ran <- a.await(third, nil) }()
	select {
	case err := <-ran:
		t.Fatalf("the third ran before the first had ended: %v", err)
	default:
	}
	if err := a.await(first, nil); err != nil {
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
	carried, answered := a.admit(t.Context(), run)
	fourth, fourthDone := a.admit(t.Context(), run)
	next := a.carry(carried)
	answered()
	go func() { ran <- a.await(fourth, nil) }()
	if err := a.await(carried, nil); err != nil {
		t.Error(err)
	}
	select {
	case err := <-ran:
		t.Fatalf("the fourth ran before the one that outlives its request: %v", err)
	default:
	}
	next()
	next()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	fourthDone()
	a.carry(t.Context())()
	other, done := a.admit(t.Context(), stdio.Call{Method: "tools/call", Tool: "list_files"})
	defer done()
	if other.Value(executionKey{}) != nil || len(a.queued) != 0 {
		t.Error("a call that runs no code waits in the queue")
	}
	if err := a.await(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
