package azure_test

import (
	"context"
	"errors"
	"io"
	"net/http"
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

// Nothing of a command is lost between a pool and who uses it through REST.
func TestCommandsOverOurService(t *testing.T) {
	t.Parallel()
	want := sessions.Execution{Status: sessions.Succeeded, ExitCode: 3, Stdout: strings.Repeat("x", 5000),
		Stderr: "Traceback (most recent call last):\nValueError: what a command may say", Result: []byte(`""`), Duration: time.Second}
	timedOut := sessions.Execution{Status: sessions.TimedOut, Stderr: "so far", Result: []byte(`""`)}
	var asked sessions.Request
	fake := &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		run := want
		if asked = r; r.Command.Shell == "forever" {
			run = timedOut
		}
		return &run, nil
	}}
	srv := httptest.NewServer(rest.New(fake, rest.Options{}))
	t.Cleanup(srv.Close)
	endpoint, err := azure.ParseEndpoint(srv.URL + poolPath)
	if err != nil {
		t.Fatal(err)
	}
	first := true
	for _, v := range []string{wire.Version20240202, wire.Version20250202, wire.Version20251002} {
		pool := open(t, azure.Options{Endpoint: endpoint, APIVersion: v})
		for _, command := range []sessions.Command{{Shell: "echo x", Stdin: "in"}, {Args: []string{"printf", "", "$x"}}, {Shell: "forever"}} {
			expected := want
			if command.Shell == "forever" {
				expected = timedOut
			}
			got, err := pool.Execute(t.Context(), id, sessions.Request{Command: &command, Timeout: 9 * time.Second})
			if err != nil {
				t.Fatalf("%s %v: %v", v, command, err)
			}
			if got.NewSession != first {
				t.Errorf("%s %v: made the session: %t", v, command, got.NewSession)
			}
			got.Incarnation, got.NewSession, first = "", false, false
			if v == wire.Version20250202 { // it cannot be asked for more
				expected.Stdout, got.Truncated = expected.Stdout[:min(len(expected.Stdout), wire.CommandStreams)], nil
			}
			if !reflect.DeepEqual(*got, expected) {
				t.Errorf("%s %v: got %.200v\nwant %.200v", v, command, *got, expected)
			}
			if !reflect.DeepEqual(*asked.Command, command) || v != wire.Version20250202 && asked.Timeout != 9*time.Second {
				t.Errorf("%s: asked for %+v %+v", v, asked, asked.Command)
			}
		}
	}
}

// What pools of Azure answer to commands.
func TestCommandsOfAzure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		answer string
		want   sessions.Execution
		err    string
	}{
		{200, `{"id":"x","identifier":"y","status":"0","result":{"stdout":"first\n","stderr":"warn","executionTimeInMilliseconds":2}}`,
			sessions.Execution{Status: sessions.Succeeded, Stdout: "first\n", Stderr: "warn", Duration: 2 * time.Millisecond}, ""},
		{200, `{"status":"127","result":{"stdout":"","stderr":"not found","executionTimeInMilliseconds":0}}`,
			sessions.Execution{Status: sessions.Succeeded, ExitCode: 127, Stderr: "not found"}, ""},
		{200, `{"status":"124","result":{"stdout":"","stderr":"so far\n` + wire.TimedOutText + `"}}`,
			sessions.Execution{Status: sessions.TimedOut, Stderr: "so far\n"}, ""},
		{200, `{"status":"124","result":{"stderr":"by itself"}}`, sessions.Execution{Status: sessions.Succeeded, ExitCode: 124, Stderr: "by itself"}, ""},
		{400, `{"error":{"code":"SessionRequestNotSupported","message":"Shell execution is not supported"}}`, sessions.Execution{}, "containerType is Shell"},
	} {
		var sent string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); r.Method == "POST" {
				sent = r.URL.Path + " " + string(body)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.answer)
		}))
		endpoint, err := azure.ParseEndpoint(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		pool := open(t, azure.Options{Endpoint: endpoint, APIVersion: wire.Version20250202})
		got, err := pool.Execute(t.Context(), id, sessions.Request{Command: &sessions.Command{Shell: "ls -a"}})
		srv.Close()
		if sent != `/executions {"shellCommand":"ls -a"}` {
			t.Errorf("sent %s", sent)
		}
		if test.err != "" {
			if !errors.Is(err, sessions.ErrInvalidRequest) || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: %v", test.answer, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got.Incarnation, test.want.Result = "", []byte(`""`)
		if !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: got %+v", test.answer, *got)
		}
	}
}
