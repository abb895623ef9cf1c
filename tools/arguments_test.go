package tools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestRunPythonArguments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, arguments string
		want            []string // in the error
	}{
		{"none at all", ``, []string{"code is missing", "restart=true"}},
		{"null", `null`, []string{"code is missing"}},
		{"empty object", `{}`, []string{"code is missing"}},
		{"a list", `["6*7"]`, []string{"are a list", `{"code": "6 * 7"}`}},
		{"a string", `"6*7"`, []string{"are a string"}},
		{"null code", `{"code":null}`, []string{"code is missing"}},
		{"number for code", `{"code":42}`, []string{"code is a number (42) and must be a string"}},
		{"list for code", `{"code":["a"]}`, []string{"code is a list and must be a string"}},
		{"boolean for code", `{"code":true}`, []string{"code is a boolean (true)"}},
		{"empty code", `{"code":""}`, []string{"The code is empty"}},
		{"blank code", `{"code":" \n\t"}`, []string{"The code is empty"}},
		{"empty fence", "{\"code\":\"```python\\n```\"}", []string{"The code is empty"}},
		{"NUL", `{"code":"a\u0000b"}`, []string{"NUL character at byte 1", `\x00`}},
		{"lone high surrogate", `{"code":"x='\ud800'"}`, []string{`\ud800`, "surrogate"}},
		{"lone low surrogate", `{"code":"\udc00"}`, []string{`\udc00`}},
		{"high surrogate before another", `{"code":"\ud83d\ud83d\ude00"}`, []string{`\ud83d`}},
		{"unknown name", `{"code":"1","sesion":"x"}`, []string{`no argument "sesion"`, "code (optional), restart (optional), timeout_seconds (optional)"}},
		{"near name", `{"python_code":"1"}`, []string{`"python_code"`, "Did you mean code?"}},
		{"nearer name", `{"code":"1","timeout":3}`, []string{"Did you mean timeout_seconds?"}},
		{"twice", `{"code":"1","code":"2"}`, []string{"code is given twice"}},
		{"zero", `{"code":"1","timeout_seconds":0}`, []string{"timeout_seconds is 0", "1 to 1800"}},
		{"negative", `{"code":"1","timeout_seconds":-5}`, []string{"is -5", "1 to 1800"}},
		{"too long", `{"code":"1","timeout_seconds":1801}`, []string{"the maximum is 1800 s"}},
		{"huge", `{"code":"1","timeout_seconds":1e300}`, []string{"the maximum is 1800 s"}},
		{"huge digits", `{"code":"1","timeout_seconds":"` + strings.Repeat("9", 400) + `"}`, []string{"the maximum is 1800 s"}},
		{"text", `{"code":"1","timeout_seconds":"soon"}`, []string{`the text "soon"`, "such as 30"}},
		{"hexadecimal", `{"code":"1","timeout_seconds":"0x1e"}`, []string{`the text "0x1e"`}},
		{"infinite", `{"code":"1","timeout_seconds":"inf"}`, []string{`the text "inf"`}},
		{"fraction", `{"code":"1","timeout_seconds":2.5}`, []string{"is 2.5", "whole number"}},
		{"object", `{"code":"1","timeout_seconds":{}}`, []string{"is an object"}},
		{"boolean", `{"code":"1","timeout_seconds":true}`, []string{"is a boolean (true)"}},
		{"too much code", `{"code":"` + strings.Repeat("x", maxCode+1) + `"}`, []string{"1048577 bytes", "%run /mnt/data/x.py"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := converse(t, Options{Pool: &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
				t.Error("the code ran")
				return &sessions.Execution{}, nil
			}}}, "test")
			toolstest.ExpectError(t, c.call("run_python", test.arguments), test.want...)
		})
	}
}

func TestRunPythonAccepts(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]sessions.Request{
		`{"code":"6 * 7"}`:                                 {Code: "6 * 7", Timeout: 30 * time.Minute},
		`{"code":"1","timeout_seconds":30}`:                {Code: "1", Timeout: 30 * time.Second},
		`{"code":"1","timeout_seconds":"30"}`:              {Code: "1", Timeout: 30 * time.Second},
		`{"code":"1","timeout_seconds":30.0}`:              {Code: "1", Timeout: 30 * time.Second},
		`{"code":"1","timeout_seconds":3e1}`:               {Code: "1", Timeout: 30 * time.Second},
		`{"code":"1","timeout_seconds":" 220 "}`:           {Code: "1", Timeout: 220 * time.Second},
		`{"code":"1","timeout_seconds":null}`:              {Code: "1", Timeout: 30 * time.Minute},
		`{"code":"1","timeout_seconds":""}`:                {Code: "1", Timeout: 30 * time.Minute},
		`{"code":"'\ud83d\ude00'"}`:                        {Code: "'😀'", Timeout: 30 * time.Minute},
		`{"code":"'\\ud800'"}`:                             {Code: `'\ud800'`, Timeout: 30 * time.Minute},
		"{\"code\":\"```python\\nprint(1)\\n```\"}":        {Code: "print(1)", Timeout: 30 * time.Minute},
		"{\"code\":\"if 1:\\n    x = '```'\\n    y = 2\"}": {Code: "if 1:\n    x = '```'\n    y = 2", Timeout: 30 * time.Minute},
	} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			var got sessions.Request
			c := converse(t, Options{Pool: &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
				got = req
				return &sessions.Execution{Text: "42"}, nil
			}}}, "test")
			toolstest.ExpectText(t, c.call("run_python", arguments), "result:\n42")
			if got.Code != want.Code || got.Timeout != want.Timeout {
				t.Errorf("the pool got %+v, want %+v", got, want)
			}
		})
	}
}

// FuzzBind checks that whatever comes is bound or answered with a mistake, and
// that a bound string is what the JSON says.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		`{"code":"1","timeout_seconds":30}`, `{"code":"\ud800"}`, `{"code":"\ud83d\ude00\\u"}`, `[1]`, `{"a":{"b":[]}}`,
		`{"code":"1","timeout_seconds":"1e999"}`, `{`, `{"code":1}x`, "{\"code\":\"\xff\"}", `null`, ``, `{"":null}`,
	} {
		f.Add([]byte(seed))
	}
	params := []parameter[runPythonArgs]{
		optionalText("code", "", func(a *runPythonArgs) **string { return &a.code }),
		(&Tools{maxRun: time.Hour}).timeoutParameter(),
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		args, err := bind(params, raw)
		if err != nil {
			if _, ok := mistake.Text(err); !ok {
				t.Fatalf("not a mistake: %v", err)
			}
			if !utf8.ValidString(err.Error()) || len(err.Error()) > 2000 {
				t.Fatalf("not fit for a model: %q", err)
			}
			return
		}
		if args.timeout < 0 || args.timeout > time.Hour {
			t.Fatalf("timeout %v", args.timeout)
		}
		var plain struct {
			Code string `json:"code"`
		}
		if args.code == nil {
			return
		}
		code := *args.code
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return
		}
		if err := json.Unmarshal(object["code"], &plain.Code); err != nil || plain.Code != code {
			t.Fatalf("bound %q, the JSON says %q (%v)", code, plain.Code, err)
		}
		if strings.Count(code, "\uFFFD") != strings.Count(string(object["code"]), "\uFFFD")+
			strings.Count(strings.ToLower(string(object["code"])), `\ufffd`) &&
			!strings.Contains(string(object["code"]), `\\`) {
			t.Fatalf("replaced a character without a word: %q from %q", code, object["code"])
		}
	})
}
