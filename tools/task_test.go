package tools

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/tools/toolstest"
)

// asTask calls run_python as a task, and returns the answer when it comes.
func (c *conversation) asTask(ctx context.Context, task *Task, code string) <-chan *mcp.CallToolResult {
	answers := make(chan *mcp.CallToolResult, 1)
	var req mcp.CallToolRequest
	req.Params.Name, req.Params.Arguments = "run_python", map[string]any{"code": code}
	go func() {
		result, _ := c.CallTool(WithTask(ctx, task), req)
		answers <- result
	}()
	return answers
}

// awaitStatus waits until a task says something.
func awaitStatus(t *testing.T, task *Task, part string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(task.Status(), part); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the status is %q, want %q", task.Status(), part)
		}
	}
}

// TestTask: a task is answered at the end with everything, others find its run, and the
// order of calls is as without tasks.
func TestTask(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	c := converse(t, Options{Pool: slowPool(end), AnswerWithin: time.Second}, "test")
	goesOn := make(chan struct{})
	task := &Task{GoesOn: func() { close(goesOn) }}
	if task.Status() != "" || task.Session() != "" {
		t.Errorf("a task without a run is %q in %q", task.Status(), task.Session())
	}
	answer := c.asTask(t.Context(), task, "slow")
	awaitStatus(t, task, "Run 1, running 0 s: begun")
	if task.Session() != toolsSession {
		t.Errorf("the session is %q", task.Session())
	}
	next := &Task{}
	behind := c.asTask(t.Context(), next, "quick")
	awaitStatus(t, next, "Not begun: waiting for the code that already runs in this session")
	<-goesOn
	toolstest.ExpectError(t, <-behind, "Not run: run 1 goes on since")
	toolstest.ExpectError(t, c.call("run_python", `{"code":"quick"}`), "Not run: run 1 goes on since", "begun", "wait_for_run")
	toolstest.ExpectText(t, c.call("wait_for_run", `{"seconds":1}`), "Run 1 goes on (", "stdout:\nbegun")
	close(end)
	toolstest.ExpectText(t, <-answer, "stdout:\nbegun", "result:\n42")
	awaitStatus(t, task, "Run 1 ended after")
	toolstest.ExpectError(t, c.call("wait_for_run", `{}`), "Nothing runs")
}

// TestTaskIsStoppedByWaitForRun: either call gets what the code wrote.
func TestTaskIsStoppedByWaitForRun(t *testing.T) {
	t.Parallel()
	c := converse(t, Options{Pool: slowPool(nil)}, "test")
	task := &Task{}
	answer := c.asTask(t.Context(), task, "slow")
	awaitStatus(t, task, "begun")
	stopped := c.call("wait_for_run", `{"stop":true}`)
	toolstest.ExpectText(t, <-answer, "Stopped after 3 s, as you asked. Variables were kept.", "stdout:\nbegun")
	toolstest.ExpectText(t, stopped, "Stopped after 3 s", "stdout:\nbegun")
}

// TestCancelledTask: a task that is cancelled stops its run, and the next answer says so.
func TestCancelledTask(t *testing.T) {
	t.Parallel()
	c := converse(t, Options{Pool: slowPool(nil), AnswerWithin: time.Second}, "test")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	goesOn := make(chan struct{})
	task := &Task{GoesOn: func() { close(goesOn) }}
	answer := c.asTask(ctx, task, "slow")
	<-goesOn
	cancel()
	<-answer
	toolstest.ExpectText(t, c.call("run_python", `{"code":"quick"}`), "Run 1 was stopped after ", ", because its call was cancelled. The last that it wrote: begun")
}
