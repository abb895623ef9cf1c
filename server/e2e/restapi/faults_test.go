package restapi

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/azure/azuretest"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
	"dynamic-sessions-mcp/tools"
)

// A model talks to a pool over a proxy that fails on purpose.
type faultyTools struct {
	*azuretest.Proxy
	t     *testing.T
	inner *sessionstest.Fake
	runs  atomic.Int64
	mcp   *client.Client
	dir   string
}

const faultySession sessions.ID = "faulty-session"

func newFaultyTools(t *testing.T) *faultyTools {
	t.Helper()
	f := &faultyTools{t: t, dir: t.TempDir()}
	f.inner = &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		f.runs.Add(1)
		return &sessions.Execution{Result: []byte("42"), Text: "42"}, nil
	}}
	f.Proxy = azuretest.NewProxy(t, rest.New(f.inner, rest.Options{}))
	endpoint, err := azure.ParseEndpoint(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := azure.New(azure.Options{
		Endpoint: endpoint, APIVersion: wire.Version20251002, Patience: 300 * time.Millisecond, RetryDelay: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := tools.New(tools.Options{
		Pool: pool, AllowDirs: []string{f.dir}, MaxRun: time.Second,
		Session: func(context.Context) (sessions.ID, error) { return faultySession, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := mcpserver.NewMCPServer("test", "1", mcpserver.WithToolCapabilities(false))
	all.Register(srv)
	if f.mcp, err = client.NewInProcessClient(srv); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.mcp.Close()
		if err := all.Close(); err != nil {
			t.Error(err)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.mcp.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2025-11-25"
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if _, err := f.mcp.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return f
}

// call returns what a model reads, and whether it is an error.
func (f *faultyTools) call(tool string, arguments map[string]any) (string, bool) {
	f.t.Helper()
	var req mcp.CallToolRequest
	req.Params.Name, req.Params.Arguments = tool, arguments
	result, err := f.mcp.CallTool(f.t.Context(), req)
	if err != nil {
		f.t.Fatal(err)
	}
	data, err := json.Marshal(result.Content)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data), result.IsError
}

func (f *faultyTools) stored(name string) string {
	_, r, err := f.inner.Download(f.t.Context(), faultySession, name)
	if err != nil {
		return ""
	}
	defer r.Close()
	data, _ := io.ReadAll(r)
	return string(data)
}

const unchanged = "Nothing was run or changed"

// Whatever upload_file is given is sent with its length, and once more when the
// way to the pool has failed.
func TestUploadsAreSentAgain(t *testing.T) {
	t.Parallel()
	f := newFaultyTools(t)
	path := filepath.Join(f.dir, "host.txt")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	for source, arguments := range map[string]map[string]any{
		"content":        {"content": "content"},
		"content_base64": {"content_base64": "Y29udGVudA=="},
		"local_path":     {"local_path": path},
	} {
		for fault, fail := range map[string]azuretest.Fault{
			"401":                      azuretest.Status(401, "text/plain", ""),
			"429 with Retry-After":     azuretest.Status(429, "text/plain", "", "Retry-After-Ms", "10"),
			"429 without Retry-After":  azuretest.Status(429, "text/plain", ""),
			"503":                      azuretest.Status(503, "text/plain", ""),
			"a cut":                    azuretest.Cut,
			"a cut of the answer":      azuretest.CutAfter,
			"half an answer":           azuretest.Half,
			"silence":                  f.Silence,
			"a page instead of JSON":   azuretest.Status(200, "text/html", "<html>"),
			"a redirect to somewhere ": azuretest.Status(302, "text/html", "", "Location", "https://login.example/"),
		} {
			name := strings.ReplaceAll(source+" "+fault, " ", "-") + ".txt"
			arguments["filename"] = name
			before := len(f.Seen("POST /files"))
			f.Fail("POST /files", 1, fail)
			text, failed := f.call("upload_file", arguments)
			if failed || f.stored(name) != "content" {
				t.Errorf("%s: %s; there is %q", name, text, f.stored(name))
			}
			sent := f.Seen("POST /files")[before:]
			if len(sent) != 2 || sent[0].Length != int64(sent[0].Body) || sent[1].Length != int64(sent[1].Body) || sent[1].Length < 7 {
				t.Errorf("%s: sent as %+v, want twice with its length", name, sent)
			}
		}
	}
}

// What a model reads says whether something may have happened, and never that
// nothing has if it may.
func TestFailuresSayWhatIsKnown(t *testing.T) {
	t.Parallel()
	upload := map[string]any{"filename": "a.txt", "content": "content"}
	run := map[string]any{"code": "6*7"}
	for name, tt := range map[string]struct {
		fault        func(f *faultyTools) azuretest.Fault
		upload, code string // what is said of each; "" means that nothing was changed
	}{
		"503":            {constant(azuretest.Status(503, "text/plain", "")), "may be stored", "may have run"},
		"cut":            {constant(azuretest.Cut), "may be stored", "may have run"},
		"half an answer": {constant(azuretest.Half), "may be stored", "may have run"},
		"silence":        {func(f *faultyTools) azuretest.Fault { return f.Silence }, "may be stored", "may have run"},
		"HTML":           {constant(azuretest.Status(200, "text/html", "<html>")), "may be stored", "may have run"},
		"401":            {constant(azuretest.Status(401, "text/plain", "")), "", ""},
		"429":            {constant(azuretest.Status(429, "application/json", `{"code":"SessionsCountExceedsLimit","message":"no more"}`)), "", ""},
		"redirect":       {constant(azuretest.Status(307, "text/html", "", "Location", "https://login.example/")), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaultyTools(t)
			f.Fail("POST /files", 10, tt.fault(f))
			f.Fail("POST /executions", 10, tt.fault(f))
			for tool, call := range map[string]struct {
				arguments map[string]any
				says      string
			}{"upload_file": {upload, tt.upload}, "run_python": {run, tt.code}} {
				begin := time.Now()
				text, failed := f.call(tool, call.arguments)
				if !failed || (call.says == "") != strings.Contains(text, unchanged) || !strings.Contains(text, call.says) {
					t.Errorf("%s: %q, want %q, error %t", tool, text, call.says, failed)
				}
				if took := time.Since(begin); took > 9*time.Second {
					t.Errorf("%s: it took %v", tool, took)
				}
			}
			if f.runs.Load() > 1 {
				t.Errorf("the code ran %d times", f.runs.Load())
			}
		})
	}
}

func constant(fault azuretest.Fault) func(*faultyTools) azuretest.Fault {
	return func(*faultyTools) azuretest.Fault { return fault }
}

// A session that was replaced is told to the model, and one that was not is not.
func TestModelIsToldOfARecycledSession(t *testing.T) {
	t.Parallel()
	for _, lost := range [][]string{nil, {wire.HeaderSessionGUID, wire.HeaderNewAllocation}} {
		f := newFaultyTools(t)
		f.Fail("POST /executions", 10, azuretest.Without(lost...))
		for i, restarted := range []bool{false, false, true, false} {
			if restarted {
				if err := f.inner.Stop(t.Context(), faultySession); err != nil {
					t.Fatal(err)
				}
			}
			text, failed := f.call("run_python", map[string]any{"code": "6*7"})
			if failed || strings.Contains(text, "The session was restarted") != restarted {
				t.Errorf("without %v, run %d: %s", lost, i, text)
			}
		}
	}
}
