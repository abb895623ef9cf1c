package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// shells is a fake pool whose runs say what they were asked for.
func shells() *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(_ context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		switch {
		case r.Command == nil && r.Code == "fail":
			return &sessions.Execution{Status: sessions.Failed, Error: &sessions.PythonError{Traceback: "ValueError: x"}}, nil
		case r.Command == nil && r.Code == "full":
			return nil, &sessions.CapacityError{Limit: 1}
		case r.Command == nil && r.Code == "plot":
			return &sessions.Execution{Result: []byte(`{"type":"image","format":"png","base64_data":"` + strings.Repeat("iVBO", 20_000) + `"}`)}, nil
		case r.Command == nil:
			return &sessions.Execution{Stdout: r.Code + "\n", Result: []byte("42")}, nil
		case r.Command.Shell == "forever":
			return &sessions.Execution{Status: sessions.TimedOut}, nil
		}
		return &sessions.Execution{Stdout: fmt.Sprintf("%s %q in %s\n", r.Command.Shell, r.Command.Args, string(id)), ExitCode: 1}, nil
	}}
}

// The requests are those of Microsoft's tutorials on the MCP server of a pool.
func TestMCPAsInTheTutorials(t *testing.T) {
	t.Parallel()
	s := newService(t, shells(), rest.Options{RequireVersion: true})
	const path = "/subscriptions/s/resourceGroups/g/sessionPools/p/mcp"
	post := func(body string) answer {
		t.Helper()
		a := s.request("POST", path, body, "Content-Type", "application/json", "x-ms-apikey", "secret")
		if a.status != http.StatusOK || a.header.Get("Mcp-Session-Id") != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %v %s", body, a.status, a.header, a.body)
		}
		return a
	}
	s.expect(post(`{ "jsonrpc": "2.0", "id": "1", "method": "initialize" }`), 200, `{"jsonrpc":"2.0","id":"…","result":{
		"protocolVersion":"2025-03-26","capabilities":{"tools":{"call":true,"list":true}},
		"serverInfo":{"name":"Microsoft Container Apps MCP Server","version":"1.0.0"}}}`)
	var listed struct {
		ID     int
		Result struct {
			Tools []struct {
				Name        string
				InputSchema struct {
					Type     string
					Required []string
				}
			}
		}
	}
	decode(t, post(`{"jsonrpc":"2.0","id":7,"method":"tools/list"}`).body, &listed)
	var names []string
	for _, tool := range listed.Result.Tools {
		names = append(names, tool.Name)
		if tool.InputSchema.Type != "object" {
			t.Errorf("%+v", tool)
		}
	}
	if got := strings.Join(names, " "); listed.ID != 7 || got != "launchShell runShellCommandInRemoteEnvironment runPythonCodeInRemoteEnvironment" {
		t.Errorf("ID %d, tools %s", listed.ID, got)
	}
	environment := launched(t, post(`{ "jsonrpc": "2.0", "id": "2", "method": "tools/call", "params": { "name": "launchShell", "arguments": {} } }`).body)
	other := launched(t, post(`{"jsonrpc":"2.0","id":"2","method":"tools/call","params":{"name":"launchPythonEnvironment"}}`).body)
	if environment == other {
		t.Error("two environments have the same name")
	}
	if _, err := s.pool.Describe(t.Context(), sessions.ID(environment)); !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("a session was made before anything was to run: %v", err)
	}
	s.expect(post(`{"jsonrpc":"2.0","id":"3","method":"tools/call","params":{"name":"runShellCommandInRemoteEnvironment",
		"arguments":{"environmentId":"`+environment+`","shellCommand":"echo Hello"}}}`), 200, `{"jsonrpc":"2.0","id":"…","result":{
		"content":[{"type":"text","text":"{\"status\":\"1\",\"exitCode\":1,\"stdout\":\"echo Hello [] in `+environment+`\\n\",\"stderr\":\"\",\"executionTimeInMilliseconds\":0}"}],
		"structuredContent":{"status":"1","exitCode":1,"stdout":"echo Hello [] in `+environment+`\n","stderr":"","executionTimeInMilliseconds":0},"isError":false}}`)
	s.expect(post(`{"jsonrpc":"2.0","id":"4","method":"tools/call","params":{"name":"runPythonCodeInRemoteEnvironment",
		"arguments":{"environmentId":"`+environment+`","pythonCode":"6*7"}}}`), 200, `{"jsonrpc":"2.0","id":"…","result":{
		"content":[{"type":"text","text":"{\"status\":\"Succeeded\",\"stdout\":\"6*7\\n\",\"stderr\":\"\",\"executionResult\":42,\"executionTimeInMilliseconds\":0}"}],
		"structuredContent":{"status":"Succeeded","stdout":"6*7\n","stderr":"","executionResult":42,"executionTimeInMilliseconds":0},"isError":false}}`)
}

func launched(t *testing.T, body string) string {
	t.Helper()
	var got struct {
		Result struct {
			StructuredContent struct{ EnvironmentID string }
		}
	}
	decode(t, body, &got)
	id := got.Result.StructuredContent.EnvironmentID
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Fatalf("the environment is called %q in %s", id, body)
	}
	return id
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
}

// callMCP calls a tool and returns the answer.
func (s *service) callMCP(tool, arguments string) (got struct {
	Error  *struct{ Code int }
	Result struct {
		Content []struct {
			Type, Text, MIMEType string
			Data                 []byte
		}
		StructuredContent map[string]any
		IsError           bool
	}
}) {
	s.t.Helper()
	a := s.post("/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+tool+`","arguments":`+arguments+`}}`)
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK {
		s.t.Fatalf("%v: %d %.500s", err, a.status, a.body)
	}
	return got
}

func TestMCPResults(t *testing.T) {
	t.Parallel()
	s := newService(t, shells(), rest.Options{})
	shell := func(arguments string) map[string]any {
		t.Helper()
		return s.callMCP("runShellCommandInRemoteEnvironment", `{"environmentId":"abcd",`+arguments+`}`).Result.StructuredContent
	}
	if got := shell(`"execCommandAndArgs":["a","b c"]`); got["stdout"] != " [\"a\" \"b c\"] in abcd\n" || got["exitCode"] != 1.0 {
		t.Errorf("a program: %v", got)
	}
	if got := shell(`"shellCommand":"forever"`); got["status"] != "124" || got["stderr"] != wire.TimedOutText {
		t.Errorf("no end: %v", got)
	}
	for code, want := range map[string]string{"fail": "ValueError: x", "full": "the pool is at its limit of sessions"} {
		got := s.callMCP("runPythonCodeInRemoteEnvironment", `{"environmentId":"abcd","pythonCode":"`+code+`"}`).Result
		if !got.IsError || len(got.Content) != 1 || !strings.Contains(got.Content[0].Text, want) {
			t.Errorf("%s: %+v", code, got)
		}
	}
	plot := s.callMCP("runPythonCodeInRemoteEnvironment", `{"environmentId":"abcd","pythonCode":"plot"}`).Result
	if len(plot.Content) != 2 || plot.Content[1].Type != "image" || plot.Content[1].MIMEType != "image/png" ||
		len(plot.Content[1].Data) != 60_000 || string(plot.Content[1].Data[:4]) != "\x89PN\x89" ||
		len(plot.Content[0].Text) > 500 || fmt.Sprint(plot.StructuredContent["executionResult"]) != "map[format:png type:image]" {
		t.Errorf("a plot: %.300v", plot)
	}
}

func TestMCPRefusals(t *testing.T) {
	t.Parallel()
	s := newService(t, shells(), rest.Options{})
	for _, test := range []struct {
		tool, arguments, want string
	}{
		{"runShellCommandInRemoteEnvironment", `{"shellCommand":"x"}`, "environmentId is required"},
		{"runShellCommandInRemoteEnvironment", `{"environmentId":"abc","shellCommand":"x"}`, "environmentId is invalid"},
		{"runShellCommandInRemoteEnvironment", `{"environmentId":"` + strings.Repeat("x", 129) + `","shellCommand":"x"}`, "environmentId is invalid"},
		{"runShellCommandInRemoteEnvironment", `{"environmentId":"abcd"}`, "shellCommand or execCommandAndArgs is required"},
		{"runShellCommandInRemoteEnvironment", `{"environmentId":"abcd","shellCommand":"x","execCommandAndArgs":["x"]}`, "send one of them"},
		{"runShellCommandInRemoteEnvironment", `{"environmentId":"abcd","execCommandAndArgs":"x"}`, "execCommandAndArgs must be a list"},
		{"runPythonCodeInRemoteEnvironment", `{"environmentId":"abcd"}`, "pythonCode is required"},
		{"runPythonCodeInRemoteEnvironment", `{"environmentId":5,"pythonCode":""}`, "must be strings"},
		{"runPythonCodeInRemoteEnvironment", `null`, "environmentId is required"},
		{"rm", `{}`, "there is no such tool"},
	} {
		a := s.post("/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+test.tool+`","arguments":`+test.arguments+`}}`)
		var got struct {
			Error struct {
				Code    int
				Message string
			}
		}
		decode(t, a.body, &got)
		if a.status != http.StatusOK || got.Error.Code != -32602 || !strings.Contains(got.Error.Message, test.want) {
			t.Errorf("%s %s: %d %s", test.tool, test.arguments, a.status, a.body)
		}
	}
	for body, want := range map[string]string{
		``:                         `400 {"error":{"code":-32700,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{`:                        `400 {"error":{"code":-32700,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`[]`:                       `400 {"error":{"code":-32600,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`5`:                        `400 {"error":{"code":-32600,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{"id":1,"method":"ping"}`: `400 {"error":{"code":-32600,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","id":1}`: `400 {"error":{"code":-32600,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","id":{},"method":"ping"}`:                                                                          `400 {"error":{"code":-32600,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","id":1,"method":"resources/list"}`:                                                                 `200 {"error":{"code":-32601,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call"}`:                                                                     `200 {"error":{"code":-32602,"message":"…"},"id":"…","jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`:                                                                           `200 {"id":"…","jsonrpc":"2.0","result":{}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`:                                                             `202 `,
		`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"x"}}`:                                                      `202 `,
		`{"jsonrpc":"2.0","id":1,"result":{}}`:                                                                               `202 `,
		`[{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]`: `200 [{"id":"…","jsonrpc":"2.0","result":{}},{"id":"…","jsonrpc":"2.0","result":{}}]`,
	} {
		a := s.post("/mcp", body)
		got := regexp.MustCompile(`"message":"([^"\\]|\\.)+"`).ReplaceAllString(normalize(t, a.body), `"message":"…"`)
		if got = fmt.Sprintf("%d %s", a.status, got); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
	}
	for _, method := range []string{"GET", "DELETE"} {
		if a := s.request(method, "/mcp", ""); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST" {
			t.Errorf("%s: %d %v", method, a.status, a.header)
		}
	}
}
