package azure_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// Nothing is lost between a pool and who uses it through REST, in either
// generation.
func TestOverOurService(t *testing.T) {
	t.Parallel()
	want := sessions.Execution{
		Status: sessions.Failed, Stdout: "out", Stderr: "err", Result: []byte(`""`),
		Error:           &sessions.PythonError{Name: "ValueError", Message: "bad", Traceback: "Traceback …\nValueError: bad"},
		Displays:        []sessions.Display{{Data: map[string][]byte{"image/png": {1, 2}, "text/plain": []byte("x")}}, {Data: map[string][]byte{"text/html": []byte("<b>")}}},
		DisplaysDropped: 2, Duration: 1234567 * time.Nanosecond,
		Files: []sessions.FileChange{
			{File: sessions.File{Name: "dir/a b.txt", Size: 3, Modified: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}, Kind: sessions.FileRenamed, From: "b.txt"},
			{File: sessions.File{Name: "gone.txt"}, Kind: sessions.FileDeleted},
		},
		Late: []sessions.LateOutput{
			{Number: 3, Text: "tick", Total: 9, Displays: []sessions.Display{{Data: map[string][]byte{"image/png": make([]byte, 100_000)}}}, DisplaysDropped: 2}, {Text: "b", Total: 1},
		},
		FilesOmitted: 1, Restart: sessions.RestartDied, VariablesLost: true,
		Truncated: []sessions.Truncation{{Stream: "stdout", Total: 1 << 30, Lines: 7, File: "out.txt"}},
		Outputs:   []sessions.Output{{Source: sessions.SourceStderr, End: 3}, {Source: sessions.SourceDisplay, Display: 1}, {Source: sessions.SourceStdout, End: 3}},
	}
	fake := &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		run := want
		return &run, nil
	}}
	srv := httptest.NewServer(rest.New(fake, rest.Options{}))
	t.Cleanup(srv.Close)
	endpoint, err := azure.ParseEndpoint(srv.URL + poolPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{wire.Version20240202, wire.Version20241002, wire.Version20251002} {
		t.Run(v, func(t *testing.T) {
			pool := open(t, azure.Options{Endpoint: endpoint, APIVersion: v})
			got, err := pool.Execute(t.Context(), id, sessions.Request{Code: "1"})
			if err != nil {
				t.Fatal(err)
			}
			if got.Incarnation == "" {
				t.Error("there is no incarnation")
			}
			if !got.NewSession {
				t.Error("the run did not say that it made the session")
			}
			got.Incarnation, got.NewSession = "", false
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
			roundTrip(t, pool)
		})
	}
}

// roundTrip stores, finds and removes files, and ends the session.
func roundTrip(t *testing.T, pool *azure.Pool) {
	ctx := t.Context()
	for _, name := range []string{"top.txt", "dir/sub/deep & odd.txt"} {
		if f, err := pool.Upload(ctx, id, name, strings.NewReader(name)); err != nil || f.Size != int64(len(name)) {
			t.Fatalf("Upload: %+v, %v", f, err)
		}
		if f, err := pool.Stat(ctx, id, name); err != nil || f.Name != name || f.Size != int64(len(name)) || f.Dir {
			t.Errorf("Stat: %+v, %v", f, err)
		}
		_, r, err := pool.Download(ctx, id, name)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); string(data) != name || err != nil {
			t.Errorf("downloaded %q, %v", data, err)
		}
		r.Close()
	}
	l, err := pool.List(ctx, id, "", true)
	var names []string
	for _, f := range l.Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, ", "); err != nil || got != "dir, dir/sub, dir/sub/deep & odd.txt, top.txt" {
		t.Errorf("List: %s, %v", got, err)
	}
	if l, err := pool.List(ctx, id, "dir", true); err != nil || len(l.Files) != 2 || l.Files[0].Name != "dir/sub" {
		t.Errorf("List of dir: %+v, %v", l, err)
	}
	if _, err := pool.List(ctx, id, "nowhere", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("List of no folder: %v", err)
	}
	if err := pool.Delete(ctx, id, "dir"); err != nil {
		t.Error(err)
	}
	if err := pool.Delete(ctx, id, "dir"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Delete of nothing: %v", err)
	}
	for range 2 {
		if err := pool.Stop(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if _, err := pool.Describe(ctx, id); !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("Describe of no session: %v", err)
	}
}
