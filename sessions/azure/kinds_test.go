package azure_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// nodeError is what a pool of Node.js sessions answers to Python.
const nodeError = "evalmachine.<anonymous>:1\nimport math\n^^^^^^\n\nSyntaxError: Cannot use import statement outside a module\n    at new Script (node:vm:94:7)\n    at createScript (node:vm:250:10)\n"

func failedWith(stderr string) string {
	text, _ := json.Marshal(stderr)
	return `{"id":"e","identifier":"i","status":"Failed","result":{"stdout":"","stderr":` + string(text) + `,"executionResult":""}}`
}

// A pool whose sessions run something else than Python is told apart, and it is
// said what is known and what to do.
func TestPoolsOfAnotherKind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer   step
		requests int64
		says     []string
	}{
		"Node":                  {status(200, failedWith(nodeError)), 1, []string{"as JavaScript", "Cannot use import statement", "NodeLTS", "PythonLTS"}},
		"Node, in few words":    {status(200, failedWith("ReferenceError: print is not defined")), 1, []string{"print is not defined", "NodeLTS"}},
		"Shell":                 {status(400, envelope("SessionPropertiesMissing", "The request is not valid.")), 2, []string{"neither of Azure's two forms", "Shell", "Nothing was run", "PythonLTS"}},
		"Shell, by its message": {status(400, envelope("SessionRequestValidationFailed", "Either shellCommand or execCommandAndArgs must be given.")), 1, []string{"shellCommand", "Nothing was run", "PythonLTS"}},
		"Shell, of old":         {status(400, envelope("SessionRequestNotSupported", "Shell execution is not supported in API version 2023-08-01-preview")), 1, []string{"Nothing was run", "PythonLTS"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			pool := serve(t, func(w http.ResponseWriter, r *http.Request) { requests.Add(1); tt.answer(w, r) })
			_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "import math"})
			if !errors.Is(err, sessions.ErrNotPython) || requests.Load() != tt.requests {
				t.Errorf("got %v after %d requests", err, requests.Load())
			}
			for _, text := range tt.says {
				if err != nil && !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
		})
	}
}

// What a program in Python says of Node.js makes no other pool.
func TestPythonThatSpeaksOfNode(t *testing.T) {
	t.Parallel()
	stderr := nodeError + "\nTraceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\nsubprocess.CalledProcessError: node failed"
	for _, stderr := range []string{stderr, "  Cell In[1], line 1\n    print('ReferenceError: x is not defined'\n         ^\nSyntaxError: '(' was never closed"} {
		pool := serve(t, http.HandlerFunc(status(200, failedWith(stderr))))
		if run, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x"}); err != nil || run.Status != sessions.Failed {
			t.Errorf("got %+v, %v", run, err)
		}
	}
}

// A pool with a custom container may serve anything.
func TestCustomContainer(t *testing.T) {
	t.Parallel()
	endpoint, err := azure.ParseEndpoint("https://pool.env.westeurope.azurecontainerapps.io")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		status int
		body   string
	}{{404, html}, {404, `{"detail":"Not Found"}`}, {404, ""}, {405, `{"detail":"Method Not Allowed"}`}} {
		pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{}, Transport: inMemory(func(*http.Request) (int, string) { return tt.status, tt.body })})
		for _, err := range []error{execute(t.Context(), pool), list(t.Context(), pool), upload(t.Context(), pool)} {
			if !errors.Is(err, sessions.ErrNotPython) || !strings.Contains(err.Error(), "custom container") || !strings.Contains(err.Error(), "Nothing was run") {
				t.Errorf("%d: %v", tt.status, err)
			}
		}
		if err := stat(t.Context(), pool); errors.Is(err, sessions.ErrNotPython) || err == nil {
			t.Errorf("%d of a file: %v", tt.status, err)
		}
	}
}

// Every form of an error's body is read.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer step
		want   error
		says   string
	}{
		"flat":                {status(429, `{"code":"SessionsCountExceedsLimit","message":"The limit is 10."}`, "Retry-After", "60"), sessions.ErrNoCapacity, "(SessionsCountExceedsLimit): The limit is 10"},
		"flat, at 400":        {status(400, `{"code":"SessionsCountExceedsLimit","message":"The limit is 10."}`), sessions.ErrNoCapacity, "The limit is 10"},
		"flat, with capitals": {status(400, `{"Message":"No such thing."}`), sessions.ErrInvalidRequest, "No such thing"},
		"problem": {status(400, `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"$.code":["The JSON value could not be converted."],"timeoutInSeconds":"must be at most 220"},"traceId":"00-abc-00"}`, "Content-Type", "application/problem+json"),
			sessions.ErrInvalidRequest, "One or more validation errors occurred: $.code The JSON value could not be converted: timeoutInSeconds must be at most 220 [trace 00-abc-00]"},
		"problem with detail":  {status(403, `{"title":"Forbidden","detail":"The role is missing."}`, "Content-Type", "application/problem+json"), sessions.ErrForbidden, "Forbidden: The role is missing"},
		"code in a header":     {status(400, "", "X-Ms-Error-Code", wire.CodeFileName), sessions.ErrInvalidName, "(" + wire.CodeFileName + ")"},
		"OAuth":                {status(401, `{"error":"invalid_token","error_description":"The token has expired."}`), sessions.ErrUnauthorized, "(invalid_token): The token has expired"},
		"details":              {status(400, `{"error":{"code":"Bad","message":"Bad.","details":[{"message":"The identifier is too long."}],"innererror":{"message":"Really."}}}`), sessions.ErrInvalidRequest, "(Bad): Bad: The identifier is too long: Really"},
		"of no known type":     {status(400, `{"error":{"code":7,"message":["x"]},"message":"m"}`), sessions.ErrInvalidRequest, "m"},
		"endless nesting":      {status(400, strings.Repeat(`{"error":`, 200)+`{"message":"deep"}`+strings.Repeat(`}`, 200)), sessions.ErrInvalidRequest, "400"},
		"session that is gone": {status(404, `{"code":"NoSessionFoundError","message":"gone"}`), sessions.ErrNoSession, "gone"},
		"a page at 403":        {status(403, html, "Content-Type", "text/html"), sessions.ErrForbidden, "a proxy may have answered"},
		"an error that is cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(413)
			_, _ = io.WriteString(w, `{"error":{"co`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, sessions.ErrTooLarge, "413"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := serve(t, http.HandlerFunc(tt.answer), func(o *azure.Options) { o.Retries = -1 })
			if err := execute(t.Context(), pool); !errors.Is(err, tt.want) || errors.Is(err, sessions.ErrOutcomeUnknown) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.says)
			}
		})
	}
}

// Codes of Azure that were seen, of files and sessions that are not there.
func TestSeenCodes(t *testing.T) {
	t.Parallel()
	pool := serve(t, http.HandlerFunc(status(404, `{"code":"FileNotFound","message":"no"}`)))
	if err := stat(t.Context(), pool); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file: %v", err)
	}
	pool = serve(t, http.HandlerFunc(status(404, `{"code":"NoSessionFoundError","message":"no"}`)))
	if _, err := pool.Describe(t.Context(), id); !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("a session: %v", err)
	}
	if err := pool.Stop(t.Context(), id); err != nil {
		t.Errorf("the end of a session: %v", err)
	}
}

// Only a refusal that names outputStreamsMaxLength drops it, and not for ever.
func TestOutputStreamsMaxLength(t *testing.T) {
	for name, tt := range map[string]struct {
		refusal string
		runs    int // requests of the first execution
		dropped bool
		want    error
	}{
		"an unrelated 400":      {envelope("SessionRequestValidationFailed", "The identifier is in use."), 1, false, sessions.ErrInvalidRequest},
		"one that says nothing": {"", 1, false, sessions.ErrInvalidRequest},
		"one that names it":     {envelope("SessionRequestValidationFailed", "Unknown property outputStreamsMaxLength."), 2, true, nil},
		"a problem of it":       {`{"title":"Bad","errors":{"OutputStreamsMaxLength":["must be at most 65536"]}}`, 2, true, nil},
		"a target":              {`{"error":{"code":"Bad","message":"Bad.","target":"outputStreamsMaxLength"}}`, 2, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []bool
				refused := false
				pool := over(t, func(r *http.Request) (int, string) {
					if r.Method == http.MethodGet {
						return 200, `{"etag":"e"}`
					}
					asked = append(asked, strings.Contains(r.Header.Get("Seen-Body"), "outputStreamsMaxLength"))
					if asked[len(asked)-1] && !refused {
						refused = true
						return 400, tt.refusal
					}
					return 200, succeeded
				}, azure.Options{APIVersion: wire.Version20251002})
				if err := execute(t.Context(), pool); (err == nil) != (tt.want == nil) || !errors.Is(err, tt.want) || len(asked) != tt.runs {
					t.Errorf("got %v after %d requests", err, len(asked))
				}
				for _, after := range []time.Duration{time.Minute, time.Hour} {
					time.Sleep(after)
					asked = nil
					if err := execute(t.Context(), pool); err != nil || len(asked) != 1 || asked[0] != (!tt.dropped || after == time.Hour) {
						t.Errorf("after %v: %v, asked for it %v", after, err, asked)
					}
				}
			})
		})
	}
}
