package tools

import (
	"context"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// TestEarlierConversation tells a conversation that it goes on with what
// another one has left, once, and only then.
func TestEarlierConversation(t *testing.T) {
	t.Parallel()
	const notice = "continues an earlier conversation"
	pool := &sessionstest.Fake{}
	kept := Options{Pool: pool, Environment: Environment{Named: true}}
	first := converse(t, kept, "test")
	if got := toolstest.Texts(first.call("run_python", `{"code":"x"}`)); strings.Contains(strings.Join(got, ""), notice) {
		t.Errorf("the one that began it is told %q", got)
	}
	toolstest.Later()
	second := converse(t, kept, "test")
	toolstest.ExpectText(t, second.call("run_python", `{"code":"x"}`), notice, "its variables, imports and files are available")
	if got := toolstest.Texts(second.call("run_python", `{"code":"x"}`)); strings.Contains(strings.Join(got, ""), notice) {
		t.Errorf("it is told again: %q", got)
	}
	third := converse(t, Options{Pool: pool}, "test")
	if got := toolstest.Texts(third.call("run_python", `{"code":"x"}`)); strings.Contains(strings.Join(got, ""), notice) {
		t.Errorf("it is told although sessions are not kept: %q", got)
	}
}

func TestRestartIsTold(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	toolstest.ExpectText(t, c.call("upload_file", `{"filename":"lost.csv","content":"1"}`))
	toolstest.ExpectText(t, c.call("upload_file", `{"filename":"again.csv","content":"1"}`))
	toolstest.ExpectText(t, c.call("run_python", `{"code":"x"}`))
	if err := pool.Stop(t.Context(), toolsSession); err != nil {
		t.Fatal(err)
	}
	toolstest.ExpectText(t, c.call("upload_file", `{"filename":"again.csv","content":"1"}`))
	toolstest.ExpectText(t, c.call("list_files", `{"path":"again.csv"}`), "1 entry")
	result := c.call("run_python", `{"code":"x"}`)
	toolstest.ExpectText(t, result, "The session was restarted", "upload these files again: lost.csv.")
	if result.Meta.AdditionalFields["session_restarted"] != true {
		t.Errorf("_meta is %v", result.Meta.AdditionalFields)
	}
	if got := toolstest.Texts(c.call("run_python", `{"code":"x"}`)); len(got) != 1 || strings.Contains(got[0], "restarted") {
		t.Errorf("the next run says %q", got)
	}
	if err := pool.Stop(t.Context(), toolsSession); err != nil {
		t.Fatal(err)
	}
	toolstest.ExpectText(t, c.call("run_python", `{"code":"x"}`), "upload these files again: again.csv.")
}

func TestRestartExplainsMissingFiles(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	c.call("run_python", `{"code":"x"}`)
	if err := pool.Stop(t.Context(), toolsSession); err != nil {
		t.Fatal(err)
	}
	toolstest.ExpectText(t, c.call("list_files", ``), "No files in /mnt/data.", "The session was restarted")
	toolstest.ExpectError(t, c.call("download_file", `{"filename":"a.txt"}`), "There is no /mnt/data/a.txt", "The session was restarted")
}

// TestRestartAsked starts over with code and without, and not while a run goes on.
func TestRestartAsked(t *testing.T) {
	t.Parallel()
	goes, end := make(chan struct{}), make(chan struct{})
	pool := &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		if req.Code == "goes on" {
			close(goes)
			<-end
		}
		x := &sessions.Execution{Text: req.Code}
		if req.Restart {
			x.Restart = sessions.RestartAsked
		}
		return x, nil
	}}
	c := converse(t, Options{Pool: pool, AnswerWithin: 50 * time.Millisecond}, "test")
	const told = "Restarted, as you asked: a new interpreter, without earlier variables and imports. Files were kept."
	toolstest.ExpectText(t, c.call("run_python", `{"restart":true,"code":"6*7"}`), told, "result:\n6*7")
	if got := toolstest.Texts(c.call("run_python", `{"restart":true}`)); len(got) != 1 || !strings.Contains(got[0], told) {
		t.Errorf("without code: %q", got)
	}
	toolstest.ExpectError(t, c.call("run_python", `{}`), "The argument code is missing", "restart=true")
	toolstest.ExpectError(t, c.call("run_python", `{"code":" "}`), "The code is empty")
	toolstest.ExpectText(t, c.call("run_python", `{"code":"goes on"}`), "Run 3 goes on")
	<-goes
	toolstest.ExpectError(t, c.call("run_python", `{"restart":true}`), "Not restarted: run 3 goes on since", "then restart")
	close(end)
	toolstest.ExpectText(t, c.call("wait_for_run", `{}`), "result:\ngoes on")
}
