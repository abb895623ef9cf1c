package rest_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

const shellQuery = "?identifier=testidentifier000003&api-version=2025-02-02-preview"

// The bodies are those of the API's description and of recorded traffic.
func TestCommandsAsAzure(t *testing.T) {
	t.Parallel()
	const answer = `{"id":"…","identifier":"testidentifier000003","status":"0","result":{"stdout":"","stderr":"","executionTimeInMilliseconds":2}}`
	full := strings.Repeat("é", 2047) + "xy"
	for _, test := range []struct {
		name, target, body string
		run                sessions.Execution
		want               string
	}{
		{"langchain", "/executions" + shellQuery, `{"shellCommand": "echo hello"}`, sessions.Execution{Stdout: "hello\n"},
			strings.Replace(answer, `"stdout":""`, `"stdout":"hello\n"`, 1)},
		{"a program that fails", "/executions" + shellQuery, `{"execCommandAndArgs":["ls","-a"],"outputStreamsMaxLength":4096,"timeoutInSeconds":600}`,
			sessions.Execution{ExitCode: 2, Stderr: "no"}, strings.NewReplacer(`"0"`, `"2"`, `"stderr":""`, `"stderr":"no"`).Replace(answer)},
		{"as the newest version's example", "/executions?api-version=2025-10-02-preview&identifier=testidentifier000003",
			`{"codeInputType":"Inline","executionType":"Synchronous","shellCommand":"read a; echo $a","stdin":"x","timeoutInSeconds":60}`,
			sessions.Execution{}, answer},
		{"execute", "/execute" + shellQuery, `{"shellCommand":"true"}`, sessions.Execution{}, answer},
		{"long output", "/executions" + shellQuery, `{"shellCommand":"yes"}`,
			sessions.Execution{Stdout: strings.Repeat("x", 5000), Stderr: full + "z"},
			strings.NewReplacer(`"stdout":""`, `"stdout":"`+strings.Repeat("x", 4096)+`"`, `"stderr":""`, `"stderr":"`+full+`"`).Replace(answer)},
		{"more output", "/executions" + shellQuery, `{"shellCommand":"yes","outputStreamsMaxLength":5001}`,
			sessions.Execution{Stdout: strings.Repeat("x", 5000)},
			strings.NewReplacer(`"stdout":""`, `"stdout":"`+strings.Repeat("x", 5000)+`"`).Replace(answer)},
		{"less output", "/executions" + shellQuery, `{"shellCommand":"yes","outputStreamsMaxLength":2}`, sessions.Execution{Stdout: "xxx", Stderr: "äää"},
			strings.NewReplacer(`"stdout":""`, `"stdout":"xx"`, `"stderr":""`, `"stderr":"ä"`).Replace(answer)},
		{"time up", "/executions" + shellQuery, `{"shellCommand":"sleep 1000"}`, sessions.Execution{Status: sessions.TimedOut, Stderr: "so far"},
			strings.NewReplacer(`"0"`, `"124"`, `"stderr":""`, `"stderr":"so far\n`+wire.TimedOutText+`"`).Replace(answer)},
		{"time up after much output", "/executions" + shellQuery, `{"shellCommand":"yes >&2"}`,
			sessions.Execution{Status: sessions.TimedOut, Stderr: strings.Repeat("y", 9000)},
			strings.NewReplacer(`"0"`, `"124"`, `"stderr":""`,
				`"stderr":"`+strings.Repeat("y", 4096-1-len(wire.TimedOutText))+`\n`+wire.TimedOutText+`"`).Replace(answer)},
		{"no memory", "/executions" + shellQuery, `{"shellCommand":"x"}`, sessions.Execution{Status: sessions.OutOfMemory},
			strings.NewReplacer(`"0"`, `"137"`, `"stderr":""`, `"stderr":"Execution aborted"`).Replace(answer)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run.Duration = 2 * time.Millisecond
			s := newService(t, script(test.run), rest.Options{})
			s.expect(s.post(test.target, test.body), http.StatusOK, test.want)
		})
	}
}

func TestCommandsReachThePool(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]sessions.Request{
		`{"shellCommand":"ls"}`: {Command: &sessions.Command{Shell: "ls"}},
		`{"shellCommand":"cat","stdin":"in\n","execCommandAndArgs":null,"code":null}`: {Command: &sessions.Command{Shell: "cat", Stdin: "in\n"}},
		`{"execCommandAndArgs":["printf","","$x"],"timeoutInSeconds":600,"unknown":1}`: {
			Command: &sessions.Command{Args: []string{"printf", "", "$x"}}, Timeout: 600 * time.Second},
	} {
		var got sessions.Request
		s := newService(t, &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
			got = r
			return &sessions.Execution{}, nil
		}}, rest.Options{})
		if a := s.post("/executions"+shellQuery, body); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
		if got.Events, got.Stop = nil, nil; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v %+v", body, got, got.Command)
		}
	}
}

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	s := newService(t, echo(), rest.Options{})
	for _, test := range []struct{ target, body, code, about string }{
		{"/executions" + shellQuery, `{"shellCommand":"ls","code":"1"}`, wire.CodePropertiesMissing, "code"},
		{"/executions" + shellQuery, `{"shellCommand":"ls","codeInputType":"inline"}`, wire.CodePropertiesMissing, "codeInputType"},
		{"/executions" + shellQuery, `{"shellCommand":"ls","executionType":"synchronous"}`, wire.CodePropertiesMissing, "executionType"},
		{"/executions" + shellQuery, `{"properties":{"shellCommand":"ls"}}`, wire.CodePropertiesMissing, "properties"},
		{"/executions" + shellQuery, `{"shellCommand":"ls","execCommandAndArgs":["ls"]}`, wire.CodeValidationFailed, "execCommandAndArgs"},
		{"/executions" + shellQuery, `{"stdin":"x"}`, wire.CodeValidationFailed, "stdin"},
		{"/executions" + shellQuery, `{"stdin":"x","code":"1"}`, wire.CodePropertiesMissing, "code"},
		{"/executions" + shellQuery, `{"shellCommand":""}`, wire.CodeValidationFailed, "shellCommand"},
		{"/executions" + shellQuery, `{"shellCommand":["ls"]}`, wire.CodeValidationFailed, "shellCommand"},
		{"/executions" + shellQuery, `{"shellCommand":"a\u0000b"}`, wire.CodeValidationFailed, "shellCommand"},
		{"/executions" + shellQuery, `{"execCommandAndArgs":"ls -a"}`, wire.CodeValidationFailed, "execCommandAndArgs"},
		{"/executions" + shellQuery, `{"execCommandAndArgs":["ls",1]}`, wire.CodeValidationFailed, "execCommandAndArgs"},
		{"/executions" + shellQuery, `{"execCommandAndArgs":[]}`, wire.CodeValidationFailed, "execCommandAndArgs"},
		{"/executions" + shellQuery, `{"execCommandAndArgs":[""]}`, wire.CodeValidationFailed, "execCommandAndArgs"},
		{"/executions" + shellQuery, `{"shellCommand":"cat","stdin":5}`, wire.CodeValidationFailed, "stdin"},
		{"/executions" + shellQuery, `{"shellCommand":"x","useEmptyKernel":true}`, wire.CodeValidationFailed, "shellCommand"},
		{"/executions" + shellQuery, `{"shellCommand":"x","timeoutInSeconds":0}`, wire.CodeValidationFailed, "timeoutInSeconds"},
		{"/executions" + shellQuery, `{"shellCommand":"x","outputStreamsMaxLength":-1}`, wire.CodeValidationFailed, "outputStreamsMaxLength"},
		{"/code/execute" + wrapped, `{"properties":{"shellCommand":"ls"}}`, wire.CodeNotSupported, "shellCommand"},
		{"/python/execute" + wrapped, `{"properties":{"execCommandAndArgs":["ls"]}}`, wire.CodeNotSupported, "shellCommand"},
		{"/code/execute" + wrapped, `{"shellCommand":"ls"}`, wire.CodePropertiesMissing, "properties"},
	} {
		t.Run(test.target+test.body, func(t *testing.T) {
			t.Parallel()
			s := &service{t: t, pool: s.pool, url: s.url}
			s.fails(s.post(test.target, test.body), 400, test.code, test.about)
		})
	}
}

// The newest version's request may be asynchronous.
func TestCommandRunsAsynchronously(t *testing.T) {
	t.Parallel()
	s := newService(t, script(sessions.Execution{ExitCode: 3, Stdout: "out"}), rest.Options{})
	a := s.post(strings.Replace("/executions"+flat, "2024-10-02", "2025-10-02", 1), `{"shellCommand":"x","executionType":"Asynchronous"}`)
	if a.status != http.StatusOK && a.status != http.StatusAccepted {
		t.Fatalf("%d %s", a.status, a.body)
	}
	target := "/executions/" + a.header.Get(wire.HeaderOperationID) + flat
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if a = s.get(target); !strings.Contains(a.body, wire.StatusRunning) {
			break
		}
	}
	s.expect(a, http.StatusOK, `{"id":"","identifier":"testidentifier000003","status":"3","result":{"stdout":"out","stderr":"","executionTimeInMilliseconds":0}}`)
}
