package tools

import (
	"context"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// slowPool is a pool whose code writes "begun", and ends when it is let go, or is
// stopped, which loses variables if the code says so.
func slowPool(end <-chan struct{}) *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		x := &sessions.Execution{Status: sessions.Succeeded, Stdout: "begun\n", Outputs: []sessions.Output{{Source: sessions.SourceStdout, End: 6}}}
		if req.Code == "quick" {
			return x, nil
		}
		req.Events(sessions.Event{Kind: sessions.EventStdout, Text: "begun\n"})
		select {
		case <-end:
			x.Text = "42"
		case <-req.Stop:
			x.Status, x.VariablesLost, x.Duration = sessions.Stopped, req.Code == "deaf", 3*time.Second
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return x, nil
	}}
}

// TestWaitForRun is a conversation about code that takes long.
func TestWaitForRun(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	c := converse(t, Options{Pool: slowPool(end), AnswerWithin: time.Second}, "test")
	toolstest.ExpectError(t, c.call("wait_for_run", `{}`), "Nothing runs", "run_python")
	toolstest.ExpectText(t, c.call("run_python", `{"code":"slow"}`),
		"Notice from the server:\n- Run 1 goes on (", "). Call wait_for_run to wait for the rest, or with stop=true to stop it. The file tools work meanwhile; run_python does when it has ended.",
		"stdout:\nbegun")
	toolstest.ExpectError(t, c.call("run_python", `{"code":"quick"}`), "Not run: run 1 goes on since", "begun", "wait_for_run", "stop=true")
	toolstest.ExpectText(t, c.call("list_files", `{}`), "No files in /mnt/data.")
	if again := c.call("wait_for_run", `{"seconds":1}`); len(again.Content) != 1 {
		t.Errorf("what was told is told again: %q", toolstest.Texts(again))
	}
	close(end)
	toolstest.ExpectText(t, c.call("wait_for_run", `{}`), "result:\n42")
	toolstest.ExpectError(t, c.call("wait_for_run", `{}`), "Nothing runs")
	toolstest.ExpectText(t, c.call("run_python", `{"code":"quick"}`), "stdout:\nbegun")
}

// TestStopRun: a run that is stopped is no error, and says whether variables survived.
func TestStopRun(t *testing.T) {
	t.Parallel()
	c := converse(t, Options{Pool: slowPool(nil), AnswerWithin: time.Second}, "test")
	c.call("run_python", `{"code":"slow"}`)
	toolstest.ExpectText(t, c.call("wait_for_run", `{"stop":true}`), "Notice from the server:\n- Stopped after 3 s, as you asked. Variables were kept.")
	c.call("run_python", `{"code":"deaf"}`)
	toolstest.ExpectText(t, c.call("wait_for_run", `{"stop":"true"}`), "Notice from the server:\n- Stopped after 3 s, as you asked. Variables and imports are gone, files were kept.")
	toolstest.ExpectError(t, c.call("wait_for_run", `{"stop":true}`), "Nothing runs")
}

// TestNotBegun: a run that waits for the packages is told as what it is, and begins by
// itself.
func TestNotBegun(t *testing.T) {
	t.Parallel()
	ready := make(chan struct{})
	pool := &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		req.Events(sessions.Event{Kind: sessions.EventWaiting, Text: "installing Python packages, 3 of 40"})
		select {
		case <-ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		req.Events(sessions.Event{Kind: sessions.EventBegun})
		return &sessions.Execution{Status: sessions.Succeeded, Text: "42"}, nil
	}}
	c := converse(t, Options{Pool: pool, AnswerWithin: time.Second}, "test")
	notBegun := []string{"Notice from the server:\n- Run 1 has not begun (", "): installing Python packages, 3 of 40. It begins by itself. Call wait_for_run to wait for it, or with stop=true to give it up."}
	toolstest.ExpectText(t, c.call("run_python", `{"code":"6 * 7"}`), notBegun...)
	toolstest.ExpectText(t, c.call("wait_for_run", `{}`), notBegun...)
	toolstest.ExpectError(t, c.call("run_python", `{"code":"1"}`), "Not run: run 1 has not begun", "installing Python packages", "wait_for_run")
	toolstest.ExpectError(t, c.call("wait_for_run", `{"stop":true}`), "Run 1 was stopped before its code began.")
	c.call("run_python", `{"code":"6 * 7"}`)
	close(ready)
	toolstest.ExpectText(t, c.call("wait_for_run", `{}`), "result:\n42")
}

func TestWaitForRunArguments(t *testing.T) {
	t.Parallel()
	c := converse(t, Options{Pool: slowPool(nil)}, "test")
	for arguments, want := range map[string]string{
		`{"seconds":46}`: "the maximum is 45 s", `{"seconds":0}`: "1 to 45", `{"stop":"perhaps"}`: "true or false", `{"run":1}`: "run",
	} {
		toolstest.ExpectError(t, c.call("wait_for_run", arguments), want)
	}
}

// TestCancelledRun: a call that is cancelled stops its run, and the next answer says so.
func TestCancelledRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	slow := slowPool(nil).Script
	pool := &sessionstest.Fake{Script: func(run context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		if req.Code == "slow" {
			defer time.AfterFunc(time.Second/10, cancel).Stop()
		}
		return slow(run, id, req)
	}}
	c := converse(t, Options{Pool: pool}, "test")
	var req mcp.CallToolRequest
	req.Params.Name, req.Params.Arguments = "run_python", map[string]any{"code": "slow"}
	if result, err := c.CallTool(ctx, req); err == nil && !result.IsError {
		t.Errorf("a cancelled call: %q", toolstest.Texts(result))
	}
	toolstest.ExpectText(t, c.call("run_python", `{"code":"quick"}`),
		"Notice from the server:\n- Run 1 was stopped after ", ", because its call was cancelled. The last that it wrote: begun", "stdout:\nbegun")
}
