package render

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestRender(t *testing.T) {
	t.Parallel()
	failed := &sessions.PythonError{Name: "ZeroDivisionError", Message: "division by zero",
		Traceback: "Traceback (most recent call last):\n  Cell 1, line 2\nZeroDivisionError: division by zero"}
	for _, test := range []struct {
		name  string
		run   sessions.Execution
		fails bool
		want  []string // the text blocks
	}{
		{"result", sessions.Execution{Text: "42"}, false, []string{"result:\n42"}},
		{"output and result", sessions.Execution{Stdout: "Answer is 40\n", Text: "40"}, false,
			[]string{"stdout:\nAnswer is 40\n\nresult:\n40"}},
		{"nothing", sessions.Execution{}, false,
			[]string{"Done. No output; print() something or end with an expression to see it."}},
		{"blank output", sessions.Execution{Stdout: "\n"}, false,
			[]string{"Done. No output; print() something or end with an expression to see it."}},
		{"exception", sessions.Execution{Status: sessions.Failed, Stdout: "before\n", Stderr: "w\n", Error: failed}, true,
			[]string{"stdout:\nbefore\n\nstderr:\nw\n\nerror:\n" + failed.Traceback}},
		{"exception without traceback", sessions.Execution{Status: sessions.Failed, Error: &sessions.PythonError{Name: "E", Message: "m"}}, true,
			[]string{"error:\nE: m"}},
		{"exception without anything", sessions.Execution{Status: sessions.Failed}, true,
			[]string{"The code failed without a message."}},
		{"colours", sessions.Execution{Stdout: "\x1b[31mred\x1b[0m\n"}, false, []string{"stdout:\nred"}},
		{"what earlier code wrote", sessions.Execution{Stdout: "x\n", Late: []sessions.LateOutput{{Number: 3, Text: "9 %\r10 %\n", Total: 12_000}, {Text: "y", Total: 1}}}, false,
			[]string{"output of run 3, after its end:\n[… 11991 bytes (12.0 kB) before this left out …]\n10 %\n\noutput of earlier code, after its end:\ny\n\nstdout:\nx"}},
		{"time-out", sessions.Execution{Status: sessions.TimedOut, Stdout: "1\n"}, true,
			[]string{"Notice from the server:\n- Timed out: the code was stopped after 60 s. Variables were kept. Do less per call, or pass a larger timeout_seconds (at most 220).", "stdout:\n1"}},
		{"time-out with loss", sessions.Execution{Status: sessions.TimedOut, VariablesLost: true}, true,
			[]string{"Notice from the server:\n- Timed out: the code was stopped after 60 s. Variables and imports are gone, files were kept. Do less per call, or pass a larger timeout_seconds (at most 220)."}},
		{"files", sessions.Execution{Files: []sessions.FileChange{{File: sessions.File{Name: "hello.txt", Size: 19}}, {File: sessions.File{Name: "plots", Dir: true}}}, FilesOmitted: 3}, false,
			[]string{"Files in /mnt/data:\n- new or changed: hello.txt, 19 bytes\n- new or changed: plots/, a folder\nand 3 more; list_files lists them."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := rendered(t, test.run)
			if result.IsError != test.fails {
				t.Errorf("isError is %v", result.IsError)
			}
			got := toolstest.Texts(result)
			if strings.Join(got, "\x00") != strings.Join(test.want, "\x00") {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	result := rendered(t, sessions.Execution{
		Duration: 1500 * time.Microsecond, VariablesLost: true, Files: []sessions.FileChange{{File: sessions.File{Name: "a", Size: 3, Modified: when}, Kind: sessions.FileCreated}, {File: sessions.File{Name: "b"}, Kind: sessions.FileDeleted}},
	})
	got, err := json.Marshal(result.Meta)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"duration_ms":1.5,"files":[{"change":"created","modified":"2026-01-02T03:04:05Z","name":"a","size":3}],"files_deleted":["b"],"files_omitted":0,"session_restarted":false,"status":"succeeded","truncated":false,"variables_lost":true}`
	if string(got) != want {
		t.Errorf("_meta is %s\nwant %s", got, want)
	}
	if result.StructuredContent != nil {
		t.Error("there is structured content, with which clients hide text and images")
	}
}

const testSession sessions.ID = "test-session"

// returning makes a pool whose every run ends in run.
func returning(run sessions.Execution) *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &run, nil
	}}
}

// rendered is the answer to a run that ended in run.
func rendered(t *testing.T, run sessions.Execution) *mcp.CallToolResult {
	t.Helper()
	return renderedOf(t, returning(run), false)
}

// renderedOf is the answer to a run in the pool.
func renderedOf(t *testing.T, pool sessions.Pool, asJSON bool) *mcp.CallToolResult {
	t.Helper()
	run, err := pool.Execute(t.Context(), testSession, sessions.Request{Code: "x"})
	if err != nil {
		t.Fatal(err)
	}
	r := New(Options{
		Pool: pool, Dir: sessions.DataDir, AsJSON: asJSON,
		History: notices.NewHistory(pool, sessions.DataDir, false), Images: picture.NewProcessor(MaxResult, nil),
	})
	return r.Execution(t.Context(), Report{Session: testSession, Run: run, Limit: time.Minute, MaxRun: 220 * time.Second})
}
