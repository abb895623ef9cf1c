package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// converse serves what is in input over pool until everything is answered, and
// returns the answers by ID. Every line on the output must be JSON.
func converse(t *testing.T, pool backend.Pool, input string) map[string]string {
	t.Helper()
	var out bytes.Buffer
	p := newProgram(t, pool, Streams{In: strings.NewReader(input), Out: &out})
	if err := p.serve(t.Context()); err != nil {
		t.Fatal(err)
	}
	answers := make(map[string]string)
	for line := range strings.Lines(out.String()) {
		var a struct{ ID json.RawMessage }
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q on standard output: %v", line, err)
		}
		answers[string(a.ID)] = line
	}
	return answers
}

func runPython(id int, code string) string {
	text, _ := json.Marshal(code)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"run_python","arguments":{"code":%s}}}`+"\n", id, text)
}

const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n"

func TestHandshake(t *testing.T) {
	t.Parallel()
	unavailable := &fakePool{Fake: &sessionstest.Fake{Err: sessions.ErrUnavailable}}
	answers := converse(t, unavailable, hello+`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`+"\n"+
		`{"jsonrpc":"2.0","id":2,"method":"resources/templates/list"}`+"\n")
	var a struct {
		Result struct {
			ServerInfo   struct{ Name, Title, Version string }
			Instructions string
			Capabilities struct {
				Tools     struct{ ListChanged bool }
				Resources *struct{ Subscribe, ListChanged bool }
			}
		}
	}
	if err := json.Unmarshal([]byte(answers["0"]), &a); err != nil {
		t.Fatal(err)
	}
	info := a.Result.ServerInfo
	if info.Name != "dynamic-sessions-mcp" || info.Title == "" || info.Version == "" {
		t.Errorf("server info %+v", info)
	}
	if n := len(a.Result.Instructions); n == 0 || n > 2048 {
		t.Errorf("the instructions have %d bytes", n)
	}
	if c := a.Result.Capabilities; c.Tools.ListChanged || c.Resources == nil || c.Resources.Subscribe {
		t.Errorf("capabilities %+v", c)
	}
	for _, tool := range []string{"run_python", "wait_for_run", "upload_file", "list_files", "download_file"} {
		if !strings.Contains(answers["1"], `"name":"`+tool+`"`) {
			t.Errorf("tools/list without a pool lacks %s", tool)
		}
	}
	if !strings.Contains(answers["2"], "uriTemplate") {
		t.Errorf("templates: %s", answers["2"])
	}
}

func TestCodeRunsInTheOrderInWhichItWasSent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var ran []string
	pool := &fakePool{Fake: &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, r.Code)
		return &sessions.Execution{}, nil
	}}}
	var input strings.Builder
	var want []string
	for i := range 200 {
		input.WriteString(runPython(i, fmt.Sprint("step ", i)))
		want = append(want, fmt.Sprint("step ", i))
	}
	if got := converse(t, pool, input.String()); len(got) != 200 {
		t.Errorf("got %d answers", len(got))
	}
	if !slices.Equal(ran, want) {
		t.Errorf("ran %q", ran)
	}
	if pool.timesClosed() != 1 {
		t.Errorf("the pool was closed %d times", pool.timesClosed())
	}
}

func TestOneSessionOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := make(map[sessions.ID]bool)
	for range 2 {
		var ids []sessions.ID
		pool := &fakePool{Fake: &sessionstest.Fake{Script: func(_ context.Context, id sessions.ID, _ sessions.Request) (*sessions.Execution, error) {
			ids = append(ids, id)
			return &sessions.Execution{}, nil
		}}}
		converse(t, pool, hello+runPython(1, "1")+runPython(2, "2"))
		if len(ids) != 2 || ids[0] != ids[1] || len(ids[0]) != 32 || seen[ids[0]] {
			t.Errorf("sessions of a conversation: %d, of %d characters, seen before: %v", len(ids), len(ids[0]), seen[ids[0]])
		}
		seen[ids[0]] = true
	}
}

func TestCancelReachesTheCode(t *testing.T) {
	t.Parallel()
	started, stopped := make(chan string), make(chan string)
	pool := &fakePool{Fake: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		if r.Code != "wait" {
			return &sessions.Execution{Text: "ran " + r.Code}, nil
		}
		started <- r.Code
		<-ctx.Done()
		stopped <- r.Code
		return nil, ctx.Err()
	}}}
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ended := make(chan error, 1)
	p := newProgram(t, pool, Streams{In: inR, Out: outW})
	go func() {
		ended <- p.serve(t.Context())
		outW.Close()
	}()
	send := func(text string) {
		if _, err := io.WriteString(inW, text); err != nil {
			t.Error(err)
		}
	}
	send(hello)
	out := bufio.NewScanner(outR)
	out.Scan()
	send(runPython(1, "wait") + runPython(2, "queued") + runPython(3, "last"))
	<-started
	send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}` + "\n")
	send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}` + "\n")
	<-stopped
	inW.Close()
	var answers []string
	for out.Scan() {
		answers = append(answers, out.Text())
	}
	if len(answers) != 1 || !strings.Contains(answers[0], "ran last") {
		t.Errorf("got %q, want the answer to the last call alone", answers)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeWithoutAPool(t *testing.T) {
	t.Parallel()
	p := newProgram(t, nil, Streams{In: strings.NewReader(""), Out: io.Discard})
	broken := errors.New("no pool")
	p.open = func(backend.Options) (backend.Pool, error) { return nil, broken }
	if err := p.serve(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestServeWithAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	pool := &fakePool{Fake: &sessionstest.Fake{}}
	p := newProgram(t, pool, Streams{In: strings.NewReader(""), Out: io.Discard}, "--allow-dir=/no/such/folder")
	if err := p.serve(t.Context()); err != nil {
		t.Errorf("a folder that is missing keeps the server from starting: %v", err)
	}
	if pool.timesClosed() != 1 {
		t.Error("the pool was left open")
	}
}
