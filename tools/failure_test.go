package tools

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

var update = flag.Bool("update", false, "write the golden file of what a model is told of failures")

// TestFailuresGolden compares what a model reads of each kind of failure with a
// file. Above all what is said of an outcome that is not known must not change by
// accident: whether code is run twice hangs on it.
func TestFailuresGolden(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, kind := range []error{
		sessions.ErrOutcomeUnknown, sessions.ErrStoreUnknown, sessions.ErrNotPython, sessions.ErrAsleep, sessions.ErrNoCapacity, &sessions.CapacityError{Limit: 3, RetryAfter: 30 * time.Second},
		sessions.ErrUnavailable, sessions.ErrUnauthorized, sessions.ErrForbidden, sessions.ErrDiskFull, sessions.ErrTooLarge,
		sessions.ErrInvalidName, sessions.ErrInvalidRequest, sessions.ErrInvalidID, sessions.ErrNoSession, sessions.ErrClosed,
		fs.ErrNotExist, context.Canceled, context.DeadlineExceeded,
	} {
		err := fmt.Errorf("%w: the reason", kind)
		result := converse(t, Options{Pool: &sessionstest.Fake{Err: err}}, "test").call("run_python", `{"code":"x"}`)
		said := toolstest.Texts(result)
		if !result.IsError || len(said) != 1 {
			t.Errorf("%v: %q, error %t", kind, said, result.IsError)
			continue
		}
		fmt.Fprintf(&got, "%v\n    %s\n\n", kind, said[0])
	}
	for _, class := range poolErrors(sessions.DataDir) {
		if !bytes.Contains(got.Bytes(), []byte(class.kind.Error()+"\n")) || !bytes.Contains(got.Bytes(), []byte(class.next+"\n")) {
			t.Errorf("nothing is tried for %v, %q: add it to the list", class.kind, class.next)
		}
	}
	path := filepath.Join("testdata", "failures.txt")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%v; what a model is told has changed; if that is meant, run the test with -update:\n%s", err, got.Bytes())
	}
}

func TestPoolErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want []string
	}{
		{&sessions.CapacityError{RetryAfter: 30 * time.Second}, []string{"30s", "repeat the same call"}},
		{&sessions.CapacityError{Asleep: "the host's disk is full", RetryAfter: 5 * time.Second},
			[]string{"could not be woken", "disk is full", "variables and files are kept", "Nothing was run", "repeat the same call", "restart=true"}},
		{sessions.ErrUnavailable, []string{"Sessions are not available.", "Tell the user"}},
		{sessions.ErrUnauthorized, []string{"must sign in"}},
		{sessions.ErrForbidden, []string{"the role"}},
		{sessions.ErrDiskFull, []string{"Delete files"}},
		{sessions.ErrTooLarge, []string{"Split it"}},
		{sessions.ErrClosed, []string{"start it again"}},
		{context.DeadlineExceeded, []string{"timed out"}},
	} {
		c := converse(t, Options{Pool: &sessionstest.Fake{Err: test.err}}, "test")
		toolstest.ExpectError(t, c.call("run_python", `{"code":"x"}`), test.want...)
		toolstest.ExpectError(t, c.call("upload_file", `{"filename":"a","content":""}`), test.want...)
		toolstest.ExpectError(t, c.call("list_files", ``), test.want...)
		toolstest.ExpectError(t, c.call("download_file", `{"filename":"a"}`), test.want...)
	}
}

func TestBugIsNotShown(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := converse(t, Options{Pool: &sessionstest.Fake{Err: errors.New("secret detail")}, Logger: logger(&log)}, "test")
	result := c.call("run_python", `{"code":"x"}`)
	toolstest.ExpectError(t, result, "internal error occurred, reference ")
	text := toolstest.Texts(result)[0]
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
		toolstest.ExpectError(t, result, "cancelled")
	} else if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
