package azure_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// exchange is a file of testdata/azure.
type exchange struct {
	Source  string
	Request struct{ Method, Path string }

	Response struct {
		Status  int
		Headers map[string]string
		Body    string
	}
}

func readExchange(t *testing.T, name string) exchange {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "azure", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var e exchange
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if e.Source == "" {
		t.Fatalf("%s does not say where it is from", name)
	}
	return e
}

// replay answers with recorded exchanges, each in its turn.
func replay(t *testing.T, names ...string) (http.HandlerFunc, func() []*http.Request) {
	t.Helper()
	var mu sync.Mutex
	var seen []*http.Request
	var left []exchange
	for _, name := range names {
		left = append(left, readExchange(t, name))
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
		if len(left) == 0 {
			t.Errorf("unexpected %s %s", r.Method, r.URL)
			return
		}
		e := left[0]
		left = left[1:]
		if path := strings.TrimPrefix(r.URL.Path, poolPath); r.Method != e.Request.Method || path != e.Request.Path {
			t.Errorf("got %s %s, want %s %s", r.Method, path, e.Request.Method, e.Request.Path)
		}
		if r.URL.Query().Get(wire.ParamIdentifier) != string(id) || r.URL.Query().Get(wire.ParamVersion) == "" {
			t.Errorf("the query is %s", r.URL.RawQuery)
		}
		for name, value := range e.Response.Headers {
			w.Header().Set(name, value)
		}
		answerWith(w, e.Response.Status, e.Response.Body)
	}
	return handler, func() []*http.Request {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

func TestRecordedExecutions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file, version string
		want          sessions.Execution
	}{
		{"execute-print", wire.Version20241002, sessions.Execution{
			Status: sessions.Succeeded, Stdout: "Hello world\n", Result: []byte(`""`), Duration: 7 * time.Millisecond,
			Incarnation: "8c0f1f0e-5d3a-4b8e-9d43-0a2b8f6a7c11"}},
		{"execute-wrapped-number", wire.Version20240202, sessions.Execution{
			Status: sessions.Succeeded, Result: []byte(`42`), Text: "42", Duration: 8 * time.Millisecond}},
		{"execute-wrapped-node", wire.Version20240202, sessions.Execution{
			Status: sessions.Succeeded, Stdout: "hello-world\n", Result: []byte(`""`), Duration: 5 * time.Millisecond}},
		{"execute-nan", wire.Version20241002, sessions.Execution{
			Status: sessions.Succeeded, Result: []byte(`null`), Text: "nan or inf", Duration: 2 * time.Millisecond}},
		{"execute-string-nan", wire.Version20241002, sessions.Execution{
			Status: sessions.Succeeded, Result: []byte(`"nan"`), Text: "nan", Duration: 2 * time.Millisecond}},
		{"execute-timeout", wire.Version20241002, sessions.Execution{
			Status: sessions.TimedOut, Stdout: "started\n", Result: []byte(`""`), Duration: 220 * time.Second}},
		{"execute-memory", wire.Version20241002, sessions.Execution{
			Status: sessions.Died, VariablesLost: true, Result: []byte(`""`), Duration: 900 * time.Millisecond}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			handler, _ := replay(t, tt.file)
			run, err := serve(t, handler, version(tt.version)).Execute(t.Context(), id, sessions.Request{Code: "x"})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := asJSON(t, run), asJSON(t, &tt.want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRecordedException(t *testing.T) {
	t.Parallel()
	handler, _ := replay(t, "execute-keyerror")
	run, err := serve(t, handler).Execute(t.Context(), id, sessions.Request{Code: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != sessions.Failed || run.Stdout != "before\n" || run.Stderr != "" {
		t.Errorf("got %+v", run)
	}
	if e := run.Error; e.Name != "KeyError" || e.Message != "'missing'" || !strings.HasPrefix(e.Traceback, "-----") || !strings.HasSuffix(e.Traceback, "KeyError: 'missing'") {
		t.Errorf("got %+v", e)
	}
}

func TestRecordedImage(t *testing.T) {
	t.Parallel()
	handler, _ := replay(t, "execute-image")
	run, err := serve(t, handler).Execute(t.Context(), id, sessions.Request{Code: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Displays) != 1 || !strings.HasPrefix(string(run.Displays[0].Data["image/png"]), "\x89PNG") || run.Text != "" {
		t.Errorf("got %+v", run)
	}
	if !strings.HasPrefix(string(run.Result), `{"type":"image"`) {
		t.Errorf("the result is %.60s", run.Result)
	}
}

func TestRecordedFiles(t *testing.T) {
	t.Parallel()
	modified := time.Date(2024, 11, 11, 9, 7, 36, 787374500, time.UTC)
	cert := sessions.File{Name: "cert.txt", Size: 7, Modified: modified}

	handler, _ := replay(t, "upload-flat", "list-flat", "stat-flat")
	pool := serve(t, handler)
	if f, err := pool.Upload(t.Context(), id, "cert.txt", strings.NewReader("1234567")); err != nil || f != cert {
		t.Errorf("Upload: %+v, %v", f, err)
	}
	if l, err := pool.List(t.Context(), id, "", false); err != nil || len(l.Files) != 1 || l.Files[0] != cert || l.Omitted != 0 {
		t.Errorf("List: %+v, %v", l, err)
	}
	if f, err := pool.Stat(t.Context(), id, "cert.txt"); err != nil || f != cert {
		t.Errorf("Stat: %+v, %v", f, err)
	}

	handler, _ = replay(t, "upload-wrapped", "list-wrapped")
	pool = serve(t, handler, version(wire.Version20240202))
	if f, err := pool.Upload(t.Context(), id, "test1.txt", strings.NewReader("sixteen bytes...")); err != nil || f.Name != "test1.txt" || f.Size != 16 {
		t.Errorf("Upload: %+v, %v", f, err)
	}
	if l, err := pool.List(t.Context(), id, "", false); err != nil || len(l.Files) != 1 || l.Files[0].Size != 16 {
		t.Errorf("List: %+v, %v", l, err)
	}

	handler, _ = replay(t, "list-recursive")
	l, err := serve(t, handler, version(wire.Version20251002)).List(t.Context(), id, "", true)
	if err != nil || len(l.Files) != 3 || !l.Files[1].Dir || l.Files[2].Name != "directory-level1/directory-level2/testfile.yaml" || l.Files[2].Dir {
		t.Errorf("List: %+v, %v", l, err)
	}
}

func TestRecordedSession(t *testing.T) {
	t.Parallel()
	handler, _ := replay(t, "session")
	s, err := serve(t, handler).Describe(t.Context(), id)
	if err != nil || s.Incarnation != "0f8fad5b-d9cb-469f-a165-70867728950e" || s.Expires.Sub(s.LastUsed) != 5*time.Minute || s.ID != id {
		t.Errorf("got %+v, %v", s, err)
	}
}

// The etag of the session stands for an incarnation that no header names.
func TestIncarnationFromETag(t *testing.T) {
	t.Parallel()
	handler, _ := replay(t, "execute-nan", "session")
	run, err := serve(t, handler, version(wire.Version20250202)).Execute(t.Context(), id, sessions.Request{Code: "x"})
	if err != nil || run.Incarnation != "0f8fad5b-d9cb-469f-a165-70867728950e" {
		t.Errorf("got %+v, %v", run, err)
	}
}

// A pool that refuses one shape is spoken to in the other from then on.
func TestOtherShape(t *testing.T) {
	t.Parallel()
	handler, seen := replay(t, "properties-missing", "execute-wrapped-number", "execute-wrapped-number")
	pool := serve(t, handler)
	for range 2 {
		if run, err := pool.Execute(t.Context(), id, sessions.Request{Code: "6*7"}); err != nil || run.Text != "42" {
			t.Fatalf("got %+v, %v", run, err)
		}
	}
	if n := len(seen()); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestAsynchronous(t *testing.T) {
	t.Parallel()
	started := readExchange(t, "async-started")
	const execution = "8963ad02-c0a5-4c5b-9f8e-0d4f7f0a1b2c"
	var polls int
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + strings.TrimPrefix(r.URL.Path, poolPath) {
		case "POST/executions":
			var body wire.ExecutionRequest
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.ExecutionType != wire.Asynchronous {
				t.Errorf("got %+v, %v", body, err)
			}
			answerWith(w, started.Response.Status, started.Response.Body)
		case "GET/executions/" + execution:
			if polls++; polls < 3 {
				answerWith(w, 200, started.Response.Body)
				return
			}
			answerWith(w, 200, succeeded)
		default:
			t.Errorf("unexpected %s %s", r.Method, r.URL)
		}
	}, func(o *azure.Options) { o.AsyncAfter = time.Minute })
	run, err := pool.Execute(t.Context(), id, sessions.Request{Code: "6*7", Timeout: 2 * time.Minute})
	if err != nil || run.Text != "42" || polls != 3 {
		t.Errorf("got %+v, %v after %d polls", run, err, polls)
	}
}
