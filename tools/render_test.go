package tools

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
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
		{"time-out", sessions.Execution{Status: sessions.TimedOut, Stdout: "1\n"}, true,
			[]string{"Notice from the server:\n- Timed out: the code was stopped after 60 s. Variables were kept. Do less at a time, or give a larger timeout_seconds (at most 220).", "stdout:\n1"}},
		{"time-out with loss", sessions.Execution{Status: sessions.TimedOut, VariablesLost: true}, true,
			[]string{"Notice from the server:\n- Timed out: the code was stopped after 60 s. Variables and imports are gone, files were kept. Do less at a time, or give a larger timeout_seconds (at most 220)."}},
		{"files", sessions.Execution{Files: []sessions.File{{Name: "hello.txt", Size: 19}, {Name: "plots", Dir: true}}, FilesOmitted: 3}, false,
			[]string{"Done. No output; print() something or end with an expression to see it.",
				"Files made or changed, in the session:\n- /mnt/data/hello.txt, 19 bytes\n- /mnt/data/plots/, a folder\nand 3 more; list_files lists them."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := converse(t, Options{Pool: script(test.run)}, "test").call("run_python", `{"code":"x"}`)
			if result.IsError != test.fails {
				t.Errorf("isError is %v", result.IsError)
			}
			got := texts(result)
			if strings.Join(got, "\x00") != strings.Join(test.want, "\x00") {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		run  sessions.Execution
		want []string
	}{
		{sessions.Execution{Status: sessions.OutOfMemory, VariablesLost: true}, []string{"Out of memory", "Variables and imports are gone, files were kept"}},
		{sessions.Execution{Status: sessions.DiskFull}, []string{"Disk full", "Variables were kept", "Delete files"}},
		{sessions.Execution{Status: sessions.DiskFull, Disk: &sessions.Disk{Used: 50_000_000, Limit: 50_000_000, Removed: 3}},
			[]string{"3 files and folders were written beyond the disk limit: removed, or cut back", "at its disk limit", "of 50000000 bytes (50.0 MB)", "only code that deletes files runs to its end"}},
		{sessions.Execution{Disk: &sessions.Disk{Limit: 1, Files: 300, MaxFiles: 200}}, []string{"has 300 of 200 files and folders: only code that deletes some runs"}},
		{sessions.Execution{Disk: &sessions.Disk{Limit: 1, MaxFiles: 1, HostFull: true}}, []string{"The disk of the machine that runs the sessions is nearly full"}},
		{sessions.Execution{Status: sessions.Died, VariablesLost: true}, []string{"ended in the middle", "gone"}},
		{sessions.Execution{Status: "melted"}, []string{`status "melted"`}},
		{sessions.Execution{Restart: sessions.RestartMemory}, []string{"new interpreter, since the interpreter was killed for using too much memory", "files were kept"}},
		{sessions.Execution{Truncated: []sessions.Truncation{{Stream: "stdout", Total: 5_000_000, File: "out.txt"}}, Stdout: "x"},
			[]string{"stdout was cut: the program wrote 5000000 bytes (5.0 MB), all of which is in /mnt/data/out.txt."}},
		{sessions.Execution{Truncated: []sessions.Truncation{{Stream: "stderr", Total: 5}}}, []string{"stderr was cut", "not kept"}},
		{sessions.Execution{DisplaysDropped: 1}, []string{"1 figure or display was left out"}},
		{sessions.Execution{DisplaysDropped: 7}, []string{"7 figures or displays were left out"}},
	} {
		result := converse(t, Options{Pool: script(test.run)}, "test").call("run_python", `{"code":"x"}`)
		fails := test.run.Status != "" && test.run.Status != sessions.Succeeded
		if result.IsError != fails {
			t.Errorf("%q: isError is %v", test.run.Status, result.IsError)
		}
		notice := texts(result)[0]
		for _, part := range append(test.want, "Notice from the server:\n- ") {
			if !strings.Contains(notice, part) {
				t.Errorf("the notice does not say %q: %q", part, notice)
			}
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	result := converse(t, Options{Pool: script(sessions.Execution{
		Duration: 1500 * time.Microsecond, VariablesLost: true, Files: []sessions.File{{Name: "a", Size: 3, Modified: when}},
	})}, "test").call("run_python", `{"code":"x"}`)
	got, err := json.Marshal(result.Meta)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"duration_ms":1.5,"files":[{"modified":"2026-01-02T03:04:05Z","name":"a","size":3}],"files_omitted":0,"session_restarted":false,"status":"succeeded","truncated":false,"variables_lost":true}`
	if string(got) != want {
		t.Errorf("_meta is %s\nwant %s", got, want)
	}
	if result.StructuredContent != nil {
		t.Error("there is structured content, with which clients hide text and images")
	}
}

func TestLongOutput(t *testing.T) {
	t.Parallel()
	long := "begin " + strings.Repeat("x", 100_000) + " end"
	pool := script(sessions.Execution{Stdout: long, Text: "42"})
	result := converse(t, Options{Pool: pool}, "test").call("run_python", `{"code":"x"}`)
	expectText(t, result, "stdout:\nbegin xxx", "xxx end", "result:\n42",
		"characters left out here; all of it is in /mnt/data/last_stdout.txt")
	if n := len(texts(result)[0]); n > maxText+500 {
		t.Errorf("the text has %d bytes", n)
	}
	if result.Meta.AdditionalFields["truncated"] != true {
		t.Errorf("_meta is %v", result.Meta.AdditionalFields)
	}
	_, body, err := pool.Download(t.Context(), testSession, "last_stdout.txt")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(body); err != nil || string(all) != long {
		t.Errorf("the file has %d bytes, %v", len(all), err)
	}
}

func TestLongOutputThePoolKept(t *testing.T) {
	t.Parallel()
	pool := script(sessions.Execution{Stdout: strings.Repeat("x", 100_000),
		Truncated: []sessions.Truncation{{Stream: "stdout", Total: 9_000_000, File: "all.txt"}}})
	result := converse(t, Options{Pool: pool}, "test").call("run_python", `{"code":"x"}`)
	expectText(t, result, "left out here; all of it is in /mnt/data/all.txt", "9000000 bytes")
	if found, err := pool.List(t.Context(), testSession, "", true); err != nil || len(found.Files) != 0 {
		t.Errorf("files %v, %v", found, err)
	}
}

func TestRestartIsTold(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	expectText(t, c.call("upload_file", `{"filename":"lost.csv","content":"1"}`))
	expectText(t, c.call("upload_file", `{"filename":"again.csv","content":"1"}`))
	expectText(t, c.call("run_python", `{"code":"x"}`))
	if err := pool.Stop(t.Context(), testSession); err != nil {
		t.Fatal(err)
	}
	expectText(t, c.call("upload_file", `{"filename":"again.csv","content":"1"}`))
	expectText(t, c.call("list_files", `{"path":"again.csv"}`), "1 entry")
	result := c.call("run_python", `{"code":"x"}`)
	expectText(t, result, "The session was restarted", "upload again what was uploaded before: lost.csv.")
	if result.Meta.AdditionalFields["session_restarted"] != true {
		t.Errorf("_meta is %v", result.Meta.AdditionalFields)
	}
	if got := texts(c.call("run_python", `{"code":"x"}`)); len(got) != 1 || strings.Contains(got[0], "restarted") {
		t.Errorf("the next run says %q", got)
	}
	if err := pool.Stop(t.Context(), testSession); err != nil {
		t.Fatal(err)
	}
	expectText(t, c.call("run_python", `{"code":"x"}`), "upload again what was uploaded before: again.csv.")
}

func TestRestartExplainsMissingFiles(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	c.call("run_python", `{"code":"x"}`)
	if err := pool.Stop(t.Context(), testSession); err != nil {
		t.Fatal(err)
	}
	expectText(t, c.call("list_files", ``), "No files in /mnt/data.", "The session was restarted")
	expectError(t, c.call("download_file", `{"filename":"a.txt"}`), "There is no /mnt/data/a.txt", "The session was restarted")
}

func TestResourceLinks(t *testing.T) {
	t.Parallel()
	run := sessions.Execution{Files: []sessions.File{{Name: "a b/ü#?.csv", Size: 7}, {Name: "dir", Dir: true}}}
	for _, test := range []struct {
		client string
		mode   LinkMode
		want   int
	}{{"test", LinksAuto, 1}, {"claude-ai", LinksAuto, 0}, {"claude-ai", LinksOn, 1}, {"test", LinksOff, 0}} {
		result := converse(t, Options{Pool: script(run), ResourceLinks: test.mode}, test.client).call("run_python", `{"code":"x"}`)
		got := links(result)
		if len(got) != test.want {
			t.Errorf("%s, mode %q: %d links, want %d", test.client, test.mode, len(got), test.want)
		}
		for _, l := range got {
			if l.URI != "sandbox:///mnt/data/a%20b/%C3%BC%23%3F.csv" || l.MIMEType != "text/csv" || *l.Size != 7 {
				t.Errorf("the link is %+v", l)
			}
		}
		expectText(t, result, "/mnt/data/a b/ü#?.csv, 7 bytes")
	}
}

func TestLangChainFormat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		run  sessions.Execution
		want string
	}{
		{sessions.Execution{Result: json.RawMessage(`42`), Text: "42"}, `{"result": 42, "stdout": "", "stderr": ""}`},
		{sessions.Execution{}, `{"result": "", "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`2`), Stdout: "hello world\n"}, `{"result": 2, "stdout": "hello world\n", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`1.2246467991473532e-16`)}, `{"result": 1.2246467991473532e-16, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`12345678901234567890123`)}, `{"result": 12345678901234567890123, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`{"b":[1,true,null],"a":"é<😀"}`)}, `{"result": {"b": [1, true, null], "a": "\u00e9<\ud83d\ude00"}, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`{"type":"image","format":"png","base64_data":"AAAA"}`)}, `{"result": {"type": "image", "format": "png"}, "stdout": "", "stderr": ""}`},
		{sessions.Execution{Status: sessions.Failed, Stdout: "before\n", Stderr: "w", Error: &sessions.PythonError{Traceback: "T: t"}}, `{"result": "", "stdout": "before\n", "stderr": "w\nT: t"}`},
		{sessions.Execution{Stdout: "\n"}, `{"result": "", "stdout": "\n", "stderr": ""}`},
		{sessions.Execution{Result: json.RawMessage(`{"cut`)}, `{"result": "", "stdout": "", "stderr": ""}`},
	} {
		result := converse(t, Options{Pool: script(test.run), ResultFormat: FormatJSON}, "test").call("run_python", `{"code":"x"}`)
		if got := texts(result)[0]; got != test.want {
			t.Errorf("got %s\nwant %s", got, test.want)
		}
		if result.IsError != (test.run.Status == sessions.Failed) {
			t.Errorf("isError is %v", result.IsError)
		}
	}
}

func TestPoolErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want []string
	}{
		{&sessions.CapacityError{RetryAfter: 30 * time.Second}, []string{"30s", "make the same call again"}},
		{&sessions.CapacityError{Asleep: "the host's disk is full", RetryAfter: 5 * time.Second},
			[]string{"could not be woken", "disk is full", "variables and files are kept", "Nothing was run", "make the same call again"}},
		{sessions.ErrUnavailable, []string{"Sessions are not available.", "Tell the user"}},
		{sessions.ErrUnauthorized, []string{"must sign in"}},
		{sessions.ErrForbidden, []string{"the role"}},
		{sessions.ErrDiskFull, []string{"Delete files"}},
		{sessions.ErrTooLarge, []string{"Split it"}},
		{sessions.ErrClosed, []string{"start it again"}},
		{context.DeadlineExceeded, []string{"ran out of time"}},
	} {
		c := converse(t, Options{Pool: &sessionstest.Fake{Err: test.err}}, "test")
		expectError(t, c.call("run_python", `{"code":"x"}`), test.want...)
		expectError(t, c.call("upload_file", `{"filename":"a","content":""}`), test.want...)
		expectError(t, c.call("list_files", ``), test.want...)
		expectError(t, c.call("download_file", `{"filename":"a"}`), test.want...)
	}
}

func TestBugIsNotShown(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := converse(t, Options{Pool: &sessionstest.Fake{Err: errors.New("secret detail")}, Logger: logger(&log)}, "test")
	result := c.call("run_python", `{"code":"x"}`)
	expectError(t, result, "internal error, reference ")
	text := texts(result)[0]
	if strings.Contains(text, "secret") {
		t.Errorf("the model sees %q", text)
	}
	_, rest, _ := strings.Cut(text, "reference ")
	if !strings.Contains(log.String(), rest[:8]) || !strings.Contains(log.String(), "secret detail") {
		t.Errorf("the log says %q, the model %q", log.String(), text)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	running := make(chan struct{})
	c := converse(t, Options{Pool: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, _ sessions.Request) (*sessions.Execution, error) {
		close(running)
		<-ctx.Done()
		return nil, ctx.Err()
	}}}, "test")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-running; cancel() }()
	var req mcp.CallToolRequest
	req.Params.Name = "run_python"
	req.Params.Arguments = map[string]any{"code": "x"}
	if result, err := c.CallTool(ctx, req); err == nil {
		expectError(t, result, "cancelled")
	} else if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
