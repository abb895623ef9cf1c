package azure_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
)

// silent takes a request and does not answer before its client has gone.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// TestSilentRun gives up a service that takes code and says nothing more. The
// code may have run, so it is not sent again.
func TestSilentRun(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]step{"nothing": silent, "half of an answer": func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"id":"e","status":"Succ`)
		w.(http.Flusher).Flush()
		silent(w, r)
	}} {
		var requests atomic.Int64
		pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			answer(w, r)
		}, func(o *azure.Options) { o.Patience = 100 * time.Millisecond })
		_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x", Timeout: 10 * time.Millisecond})
		checkUnknown(t, name, err, "silent for 110ms", "may have run")
		if n := requests.Load(); n != 1 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

// checkUnknown checks the error of a run that may have been one.
func checkUnknown(t *testing.T, name string, err error, says ...string) {
	t.Helper()
	if !errors.Is(err, sessions.ErrOutcomeUnknown) || errors.Is(err, sessions.ErrUnavailable) {
		t.Errorf("%s: got %v, want ErrOutcomeUnknown alone", name, err)
		return
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %q does not say %q", name, err, text)
		}
	}
}

// TestPollingFails starts runs whose end cannot be asked for, for every reason
// that there is. Whatever it is, the code was started, once.
func TestPollingFails(t *testing.T) {
	t.Parallel()
	started := readExchange(t, "async-started").Response.Body
	for name, tt := range map[string]struct {
		first string // instead of the usual answer to the start
		poll  step
		says  string
	}{
		"401":                        {poll: status(401, envelope("Unauthorized", "expired")), says: "expired"},
		"403":                        {poll: status(403, envelope("Forbidden", "no role")), says: "no role"},
		"404":                        {poll: status(404, envelope("NotFound", "")), says: "no longer knows the run"},
		"404 of the session":         {poll: status(404, envelope("SessionNotFound", "gone"))},
		"404 that is a web page":     {poll: status(404, html, "Content-Type", "text/html")},
		"400":                        {poll: status(400, envelope("BadRequest", "odd")), says: "odd"},
		"409":                        {poll: status(409, "")},
		"413":                        {poll: status(413, "")},
		"429":                        {poll: status(429, "")},
		"429 with a long wait":       {poll: status(429, "", "Retry-After", "120")},
		"500":                        {poll: status(500, "")},
		"502":                        {poll: status(502, html, "Content-Type", "text/html")},
		"503":                        {poll: status(503, "", "Retry-After", "1")},
		"504":                        {poll: status(504, "")},
		"redirect":                   {poll: status(307, "", "Location", "https://evil.example/")},
		"web page":                   {poll: status(200, html, "Content-Type", "text/html"), says: "a web page"},
		"junk":                       {poll: status(200, "\x00{")},
		"nothing":                    {poll: status(200, "")},
		"JSON of another service":    {poll: status(200, `{"hello":1}`)},
		"error in the answer":        {poll: status(200, `{"status":"Failed","error":{"error":{"code":"Oops","message":"it broke"}}}`), says: "it broke"},
		"more than an answer may be": {poll: status(200, strings.Repeat(" ", 1<<17)), says: "more than 65536 bytes"},
		"hang-up":                    {poll: hangUp},
		"cut":                        {poll: cutOff},
		"silence":                    {poll: silent},
		"runs for ever":              {poll: status(200, started), says: "still running after"},
		"a start without an ID":      {first: `{"status":"Running"}`, poll: status(200, started), says: "did not say how to poll"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var starts atomic.Int64
			pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost {
					tt.poll(w, r)
					return
				}
				starts.Add(1)
				answerWith(w, 202, started)
			}, func(o *azure.Options) {
				o.AsyncAfter, o.Patience, o.MaxResponse, o.MaxRetryDelay = time.Millisecond, 200*time.Millisecond, 1<<16, 5*time.Millisecond
			})
			if tt.first != "" {
				pool = serve(t, func(w http.ResponseWriter, r *http.Request) {
					starts.Add(1)
					answerWith(w, 202, tt.first)
				}, func(o *azure.Options) { o.AsyncAfter = time.Millisecond })
			}
			_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x", Timeout: 300 * time.Millisecond})
			checkUnknown(t, name, err, tt.says)
			if n := starts.Load(); n != 1 {
				t.Errorf("the code was started %d times", n)
			}
		})
	}
}

// TestPollingThatRecovers asks again where that is safe: the code is started
// once, and its end is found.
func TestPollingThatRecovers(t *testing.T) {
	t.Parallel()
	started := readExchange(t, "async-started").Response.Body
	for name, trouble := range map[string]step{"401": status(401, ""), "429": status(429, ""), "500": status(500, ""), "503": status(503, ""), "hang-up": hangUp} {
		var starts, polls atomic.Int64
		pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				starts.Add(1)
				answerWith(w, 202, started)
			case polls.Add(1) == 1:
				trouble(w, r)
			default:
				answerWith(w, 200, succeeded)
			}
		}, func(o *azure.Options) { o.AsyncAfter = time.Millisecond })
		run, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x", Timeout: time.Second})
		if err != nil || run.Text != "42" || starts.Load() != 1 || polls.Load() != 2 {
			t.Errorf("%s: %+v, %v after %d starts and %d polls", name, run, err, starts.Load(), polls.Load())
		}
	}
}

// TestPollingEnds gives a run up whose caller, or whose pool, has gone.
func TestPollingEnds(t *testing.T) {
	t.Parallel()
	started := readExchange(t, "async-started").Response.Body
	asked := make(chan struct{}, 100)
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			asked <- struct{}{}
		}
		answerWith(w, 202, started)
	}, func(o *azure.Options) { o.AsyncAfter = time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-asked; cancel() }()
	if _, err := pool.Execute(ctx, id, sessions.Request{Code: "x", Timeout: time.Minute}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	for len(asked) > 0 {
		<-asked
	}
	go func() { <-asked; _ = pool.Close() }()
	if _, err := pool.Execute(t.Context(), "another-session", sessions.Request{Code: "x", Timeout: time.Minute}); !errors.Is(err, sessions.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
