package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// The bodies of requests and answers are recorded traffic of the service, or of
// its clients' tests.
func TestExecuteAsAzure(t *testing.T) {
	t.Parallel()
	hello := sessions.Execution{Stdout: "Hello world\n", Duration: 7 * time.Millisecond}
	answer42 := sessions.Execution{Result: []byte("42"), Text: "42", Duration: 8 * time.Millisecond}
	raised := sessions.Execution{Status: sessions.Failed, Stdout: "before\n", Stderr: "warned",
		Error: &sessions.PythonError{Name: "ZeroDivisionError", Traceback: "Traceback (most recent call last):\nZeroDivisionError: division by zero"}}
	image := sessions.Execution{Result: []byte(`{"type":"image","format":"png","base64_data":"iVBOR"}`), Text: "<Figure>"}
	for _, test := range []struct {
		name, path, body string
		run              sessions.Execution
		want             string
	}{
		{"azure-cli", "/executions" + flat,
			`{"codeInputType": "inline", "executionType": "synchronous", "code": "print(\"Hello world\")", "timeoutInSeconds": 60}`, hello,
			`{"$id":"1","id":"92827cfa","identifier":"testidentifier000003","executionType":"synchronous","status":"Succeeded","result":{"$id":"2","stdout":"Hello world\n","stderr":"","executionResult":"","executionTimeInMilliseconds":7}}`},
		{"langchain", "/code/execute" + wrapped,
			`{"properties":{"codeInputType":"inline","executionType":"synchronous","code":"6*7"}}`, answer42,
			`{"$id":"1","properties":{"$id":"2","status":"Success","stdout":"","stderr":"","result":42,"executionTimeInMilliseconds":8}}`},
		{"llamaindex for TypeScript", "/python/execute?api-version=2024-02-02-preview",
			`{"properties":{"identifier":"testidentifier000003","codeInputType":"inline","executionType":"synchronous","pythonCode":"6*7"}}`, answer42,
			`{"result":42,"stdout":"","stderr":"","status":"Success","executionTimeInMilliseconds":8}`},
		{"two slashes and pythonCode", "//code//execute" + wrapped, `{"properties":{"pythonCode":"6*7"}}`, answer42,
			`{"properties":{"status":"Success","stdout":"","stderr":"","result":42,"executionTimeInMilliseconds":8}}`},
		{"execute, flat", "/execute" + flat, `{"code":"6*7"}`, answer42,
			`{"id":"","identifier":"testidentifier000003","executionType":"Synchronous","status":"Succeeded","result":{"stdout":"","stderr":"","executionResult":42,"executionTimeInMilliseconds":8}}`},
		{"execute, wrapped", "/execute" + wrapped, `{"properties":{"code":"6*7"}}`, answer42,
			`{"properties":{"status":"Success","stdout":"","stderr":"","result":42,"executionTimeInMilliseconds":8}}`},
		{"a whole URL of Azure", "/subscriptions/s/resourceGroups/g/sessionPools/executions/code/execute" + wrapped, `{"properties":{"code":"6*7"}}`, answer42,
			`{"properties":{"status":"Success","stdout":"","stderr":"","result":42,"executionTimeInMilliseconds":8}}`},
		{"raised, flat", "/any/prefix/executions" + flat, `{"code":"1/0"}`, raised,
			`{"id":"","identifier":"testidentifier000003","executionType":"Synchronous","status":"Failed","result":{"stdout":"before\n","stderr":"warned\nTraceback (most recent call last):\nZeroDivisionError: division by zero","executionResult":"","executionTimeInMilliseconds":0}}`},
		{"raised, wrapped", "/code/execute" + wrapped, `{"properties":{"code":"1/0"}}`, raised,
			`{"properties":{"status":"Failure","stdout":"before\n","stderr":"warned\nTraceback (most recent call last):\nZeroDivisionError: division by zero","result":"","executionTimeInMilliseconds":0}}`},
		{"timed out", "/code/execute" + wrapped, `{"properties":{"code":"x"}}`, sessions.Execution{Status: sessions.TimedOut},
			`{"properties":{"status":"Failure","stdout":"","stderr":"Request timed out waiting for code execution to complete","result":"","executionTimeInMilliseconds":0}}`},
		{"out of memory", "/executions" + flat, `{"code":"x"}`, sessions.Execution{Status: sessions.OutOfMemory},
			`{"id":"","identifier":"testidentifier000003","executionType":"Synchronous","status":"Failed","result":{"stdout":"","stderr":"Execution aborted","executionResult":"","executionTimeInMilliseconds":0}}`},
		{"image", "/executions" + flat, `{"code":"x","returnJupyterFormatExecutionResult":true}`, image,
			`{"id":"","identifier":"testidentifier000003","executionType":"Synchronous","status":"Succeeded","result":{"stdout":"","stderr":"","executionResult":{"type":"image","format":"png","base64_data":"iVBOR"},"executionTimeInMilliseconds":0}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, script(test.run), rest.Options{})
			got := s.post(test.path, test.body)
			s.expect(got, http.StatusOK, test.want)
			for _, name := range []string{wire.HeaderSessionGUID, wire.HeaderTotalTime, wire.HeaderExecutionTime, wire.HeaderVersions} {
				if got.header.Get(name) == "" {
					t.Errorf("no header %s", name)
				}
			}
			if kind := got.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
				t.Errorf("the type is %q", kind)
			}
		})
	}
}

func TestJupyterFormat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ result, text, plain, jupyter string }{
		{`""`, "", `""`, `null`},
		{`42`, "42", `42`, `"42"`},
		{`null`, "nan", `null`, `"nan"`},
		{`"nan"`, "'nan'", `"nan"`, `"'nan'"`},
		{`true`, "True", `true`, `"True"`},
		{`"['a',\n 'b']"`, "['a',\n 'b']", `"['a',\n 'b']"`, `"['a',\n 'b']"`},
		{`not JSON`, "", `""`, `""`},
	} {
		s := newService(t, script(sessions.Execution{Result: []byte(test.result), Text: test.text}), rest.Options{})
		for body, want := range map[string]string{`{"code":""}`: test.plain, `{"code":"","returnJupyterFormatExecutionResult":true}`: test.jupyter} {
			var got wire.Execution
			if err := json.Unmarshal([]byte(s.post("/executions"+flat, body).body), &got); err != nil {
				t.Fatal(err)
			}
			if string(got.Result.ExecutionResult) != want {
				t.Errorf("%s of %s: got %s, want %s", body, test.result, got.Result.ExecutionResult, want)
			}
		}
	}
}

func TestOutputStreamsMaxLength(t *testing.T) {
	t.Parallel()
	s := newService(t, script(sessions.Execution{Status: sessions.Failed, Stdout: "añb", Stderr: "warn",
		Error: &sessions.PythonError{Traceback: "Traceback"}}), rest.Options{})
	for limit, want := range map[string]string{"0": "|", "1": "a|w", "2": "a|wa", "3": "añ|war", "9": "añb|warn\nTrac"} {
		var got wire.Execution
		if err := json.Unmarshal([]byte(s.post("/executions"+flat, `{"code":"","outputStreamsMaxLength":`+limit+`}`).body), &got); err != nil {
			t.Fatal(err)
		}
		if streams := got.Result.Stdout + "|" + got.Result.Stderr; streams != want {
			t.Errorf("%s bytes: got %q, want %q", limit, streams, want)
		}
	}
}

func TestRequestsReachThePool(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body    string
		code    string
		timeout time.Duration
	}{
		{`{"code":"x"}`, "x", 0},
		{`{"code":""}`, "", 0},
		{`{"code":"x","timeoutInSeconds":60,"codeInputType":"InlineText"}`, "x", time.Minute},
		{`{"code":"x","timeoutInSeconds":60.0,"unknown":[1]}`, "x", time.Minute},
		{`{"code":"x","timeoutInSeconds":600}`, "x", 600 * time.Second},
		{`{"code":"x","timeoutInSeconds":1e300}`, "x", 7 * 24 * time.Hour},
		{`{"code":"NiAqIDc=","codeInputType":"INLINEBASE64"}`, "6 * 7", 0},
		{"\ufeff" + ` {"code":"x","shellCommand":null,"properties":null,"timeoutInSeconds":null}`, "x", 0},
	} {
		var got sessions.Request
		s := newService(t, &sessionstest.Fake{Script: func(_ context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
			if string(id) != "testidentifier000003" {
				t.Errorf("session %q", string(id))
			}
			got = r
			return &sessions.Execution{}, nil
		}}, rest.Options{})
		if a := s.post("/executions"+flat, test.body); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", test.body, a.status, a.body)
		}
		if got.Code != test.code || got.Timeout != test.timeout {
			t.Errorf("%s: got %q for %v", test.body, got.Code, got.Timeout)
		}
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	s := newService(t, script(sessions.Execution{Status: sessions.Failed, Stderr: "warned", Text: "'abc'",
		Displays: []sessions.Display{{Data: map[string][]byte{"image/png": []byte("png")}}},
		Error:    &sessions.PythonError{Name: "KeyError", Message: "1", Traceback: "Traceback"}, Restart: sessions.RestartDied}), rest.Options{})
	for path, body := range map[string]string{"/executions" + flat: `{"code":""}`, "/code/execute" + wrapped: `{"properties":{"code":""}}`,
		"/python/execute" + wrapped: `{"properties":{"code":""}}`} {
		if plain := s.post(path, body); strings.Contains(plain.body, "dynamicSessions") {
			t.Errorf("%s has details nobody asked for: %s", path, plain.body)
		}
		var got struct {
			Details wire.Details `json:"dynamicSessions"`
		}
		a := s.request("POST", path, body, wire.HeaderDetails, "1")
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
		if d := got.Details; d.Stderr != "warned" || d.Text != "'abc'" || d.Error == nil || d.Error.Name != "KeyError" ||
			string(d.Displays[0]["image/png"]) != "png" || d.Restart != sessions.RestartDied {
			t.Errorf("%s: got %+v", path, d)
		}
	}
}

// What is refused is not repeated, whatever its length.
func TestWrongTypesAreNamed(t *testing.T) {
	t.Parallel()
	s := newService(t, echo(), rest.Options{})
	for body, want := range map[string]string{ // message, which begins with the target
		`{"code":5}`:                         "code must be a string",
		`{"code":"1","timeoutInSeconds":[]}`: "timeoutInSeconds must be a number",
		`{"code":"1","timeoutInSeconds":` + strings.Repeat("9", 1<<20) + `}`: "timeoutInSeconds must be a number",
		`{"code":"1","useEmptyKernel":"yes"}`:                                "useEmptyKernel must be true or false",
	} {
		target, _, _ := strings.Cut(want, " ")
		if got := s.fails(s.post("/executions"+flat, body), 400, wire.CodeValidationFailed, target); got != want {
			t.Errorf("%.60s: %.200q, want %q", body, got, want)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	s := newService(t, echo(), rest.Options{})
	long := `{"code":"` + strings.Repeat("x", 8<<20) + `"}`
	for _, test := range []struct {
		path, body   string
		status       int
		code, target string
	}{
		{"/executions" + flat, `{"properties":{"code":"1"}}`, 400, wire.CodePropertiesMissing, "properties"},
		{"/code/execute" + wrapped, `{"code":"1"}`, 400, wire.CodePropertiesMissing, "properties"},
		{"/python/execute" + wrapped, `{"pythonCode":"1"}`, 400, wire.CodePropertiesMissing, "properties"},
		{"/code/execute" + wrapped, `{"properties":"x"}`, 400, wire.CodePropertiesMissing, "body"},
		{"/executions" + flat, ``, 400, wire.CodePropertiesMissing, "body"},
		{"/executions" + flat, `null`, 400, wire.CodePropertiesMissing, "body"},
		{"/executions" + flat, `[]`, 400, wire.CodePropertiesMissing, "body"},
		{"/executions" + flat, `{"code":"1"`, 400, wire.CodeValidationFailed, "body"},
		{"/executions" + flat, `{"code":"1"} {}`, 400, wire.CodeValidationFailed, "body"},
		{"/executions" + flat, `{"code":1}`, 400, wire.CodeValidationFailed, "code"},
		{"/executions" + flat, `{}`, 400, wire.CodeValidationFailed, "code"},
		{"/executions" + flat, long, 413, wire.CodeTooLarge, "body"},
		{"/executions" + flat, `{"code":"1","timeoutInSeconds":0}`, 400, wire.CodeValidationFailed, "timeoutInSeconds"},
		{"/executions" + flat, `{"code":"1","timeoutInSeconds":-5}`, 400, wire.CodeValidationFailed, "timeoutInSeconds"},
		{"/executions" + flat, `{"code":"1","timeoutInSeconds":1.5}`, 400, wire.CodeValidationFailed, "timeoutInSeconds"},
		{"/executions" + flat, `{"code":"1","timeoutInSeconds":"60"}`, 400, wire.CodeValidationFailed, "timeoutInSeconds"},
		{"/executions" + flat, `{"code":"1","outputStreamsMaxLength":-1}`, 400, wire.CodeValidationFailed, "outputStreamsMaxLength"},
		{"/executions" + flat, `{"code":"1","codeInputType":"file"}`, 400, wire.CodeValidationFailed, "codeInputType"},
		{"/executions" + flat, `{"code":"%","codeInputType":"inlinebase64"}`, 400, wire.CodeValidationFailed, "code"},
		{"/executions" + flat, `{"code":"1","executionType":"later"}`, 400, wire.CodeValidationFailed, "executionType"},
		{"/code/execute" + wrapped, `{"properties":{"code":"1","executionType":"asynchronous"}}`, 400, wire.CodeNotSupported, "executionType"},
		{"/code/execute" + wrapped, `{"properties":{"code":"1","identifier":"another"}}`, 400, wire.CodeValidationFailed, "identifier"},
		{"/code/execute", `{"properties":{"code":"1"}}`, 400, wire.CodeValidationFailed, "identifier"},
		{"/executions", `{"code":"1"}`, 400, wire.CodeValidationFailed, "identifier"},
		{"/executions?identifier=abcd&identifier=efgh", `{"code":"1"}`, 400, wire.CodeValidationFailed, "identifier"},
		{"/executions?identifier=abc", `{"code":"1"}`, 400, wire.CodeIdentifierLength, "identifier"},
		{"/executions?identifier=" + strings.Repeat("x", 129), `{"code":"1"}`, 400, wire.CodeIdentifierLength, "identifier"},
		{"/executions?identifier=with%20space", `{"code":"1"}`, 400, wire.CodeIdentifierLength, "identifier"},
		{"/executions?identifier=emoji%F0%9F%98%80", `{"code":"1"}`, 400, wire.CodeIdentifierLength, "identifier"},
		{"/nothing" + flat, `{}`, 404, wire.CodeValidationFailed, ""},
		{"/code/execut" + flat, `{}`, 404, wire.CodeValidationFailed, ""},
		{"/session" + flat, ``, 405, wire.CodeValidationFailed, ""},
		{"/.management/stopSession?identifier=nobody", ``, 400, wire.CodeIdentifierNotFound, ""},
	} {
		t.Run(test.path+test.body[:min(40, len(test.body))], func(t *testing.T) {
			t.Parallel()
			s := &service{t: t, pool: s.pool, url: s.url}
			s.fails(s.post(test.path, test.body), test.status, test.code, test.target)
		})
	}
}

func TestIdentifiersAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{Script: func(_ context.Context, id sessions.ID, _ sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Stdout: string(id)}, nil
	}}, rest.Options{})
	for query, want := range map[string]string{
		"identifier=a;b-c":                       "a;b-c",
		"identifier=50%off":                      "50%off",
		"identifier=a%26b%23c%3Fd%2Fe":           "a&b#c?d/e",
		"IDENTIFIER=abcd&Api-Version=banana&x=y": "abcd",
		"identifier=a/b/c":                       "a/b/c",
		"identifier=" + strings.Repeat("x", 128): strings.Repeat("x", 128),
	} {
		var got wire.Execution
		if err := json.Unmarshal([]byte(s.post("/executions?"+query, `{"code":""}`).body), &got); err != nil {
			t.Fatal(err)
		}
		if got.Result == nil || got.Result.Stdout != want || got.Identifier != want {
			t.Errorf("%s: got %+v", query, got)
		}
	}
}

func TestErrorsOfThePool(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		status int
		code   string
		retry  string
	}{
		{&sessions.CapacityError{Limit: 1, RetryAfter: 1500 * time.Millisecond}, 429, wire.CodeTooManyRequests, "2"},
		{sessions.ErrNoCapacity, 429, wire.CodeTooManyRequests, "10"},
		{sessions.ErrUnavailable, 503, wire.CodeUnavailable, ""},
		{sessions.ErrClosed, 503, wire.CodeClosing, ""},
		{sessions.ErrDiskFull, 413, wire.CodeDiskFull, ""},
		{errors.New("secret of the host"), 500, wire.CodeInternal, ""},
	} {
		s := newService(t, &sessionstest.Fake{Err: test.err}, rest.Options{})
		got := s.post("/executions"+flat, `{"code":"1"}`)
		if text := s.fails(got, test.status, test.code, ""); strings.Contains(text, "secret") {
			t.Errorf("the answer tells too much: %s", text)
		}
		if retry := got.header.Get("Retry-After"); retry != test.retry {
			t.Errorf("%v: Retry-After is %q, want %q", test.err, retry, test.retry)
		}
	}
}

func TestHangUpInterrupts(t *testing.T) {
	t.Parallel()
	started, interrupted := make(chan struct{}), make(chan error, 1)
	s := newService(t, &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, _ sessions.Request) (*sessions.Execution, error) {
		close(started)
		<-ctx.Done()
		interrupted <- ctx.Err()
		return nil, ctx.Err()
	}}, rest.Options{})
	ctx, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", s.url+"/executions"+flat, strings.NewReader(`{"code":"while True: pass"}`))
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-started; hangUp() }()
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-interrupted; !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended with %v", err)
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		panic("secret")
	}}, rest.Options{})
	if text := s.fails(s.post("/executions"+flat, `{"code":"1"}`), 500, wire.CodeInternal, ""); strings.Contains(text, "secret") {
		t.Error(text)
	}
}
