package azure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// step is one answer of a faulty service.
type step func(w http.ResponseWriter, r *http.Request)

func status(code int, body string, headers ...string) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// hangUp reads the request and cuts the connection.
func hangUp(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

// cutOff cuts the connection in the middle of the answer.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id":"e","status":"Succ`)
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func envelope(code, message string) string {
	return fmt.Sprintf(`{"error":{"code":%q,"message":%q,"traceId":"trace-1"}}`, code, message)
}

const (
	html      = "<!DOCTYPE html><html><body>Please sign in to the proxy</body></html>"
	emptyList = `{"value":[],"nextLink":null}`
)

func execute(ctx context.Context, p *azure.Pool) error {
	_, err := p.Execute(ctx, id, sessions.Request{Code: "6*7"})
	return err
}

func list(ctx context.Context, p *azure.Pool) error {
	_, err := p.List(ctx, id, "", false)
	return err
}

func stat(ctx context.Context, p *azure.Pool) error {
	_, err := p.Stat(ctx, id, "a.txt")
	return err
}

func del(ctx context.Context, p *azure.Pool) error { return p.Delete(ctx, id, "a.txt") }

func upload(ctx context.Context, p *azure.Pool) error {
	_, err := p.Upload(ctx, id, "a.txt", strings.NewReader("content"))
	return err
}

func uploadOnce(ctx context.Context, p *azure.Pool) error {
	_, err := p.Upload(ctx, id, "a.txt", io.MultiReader(strings.NewReader("content")))
	return err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		call     func(context.Context, *azure.Pool) error
		steps    []step // the last one stays
		requests int64
		want     error    // nil for a success
		says     []string // what the error's text has in it
	}{
		{"401 then 200", execute, []step{status(401, envelope("Unauthorized", "expired")), status(200, succeeded)}, 2, nil, nil},
		{"401 for good", execute, []step{status(401, "")}, 2, sessions.ErrUnauthorized,
			[]string{"az login", "--assignee OBJECT-ID", wire.RoleID}},
		{"403", execute, []step{status(403, envelope("Forbidden", "no role"))}, 1, sessions.ErrForbidden,
			[]string{wire.Role, wire.RoleID, "az role assignment create --role", "--scope /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.App/sessionPools/pool", "no role", "trace-1"}},
		{"404 of the pool", execute, []step{status(404, "")}, 1, sessions.ErrUnavailable, []string{"REGION.dynamicsessions.io", "az containerapp sessionpool show"}},
		{"404 of the pool's files", list, []step{status(404, envelope("NotFound", ""))}, 1, sessions.ErrUnavailable, []string{"endpoint"}},
		{"404 of a file", stat, []step{status(404, envelope("NotFound", "no such file"))}, 1, fs.ErrNotExist, []string{"a.txt"}},
		{"404 that is a web page", stat, []step{status(404, html, "Content-Type", "text/html")}, 1, sessions.ErrUnavailable, []string{"a web page", "endpoint"}},
		{"409", execute, []step{status(409, "")}, 1, sessions.ErrUnavailable, []string{"busy"}},
		{"413", upload, []step{status(413, "")}, 1, sessions.ErrTooLarge, nil},
		{"429 then 200", execute, []step{status(429, "", "Retry-After", "1"), status(200, succeeded)}, 2, nil, nil},
		{"429 for good", execute, []step{status(429, "")}, 4, sessions.ErrNoCapacity, []string{"max-sessions"}},
		{"429 with a long wait", execute, []step{status(429, "", "Retry-After", "120")}, 1, sessions.ErrNoCapacity, []string{"Retry in 2m0s"}},
		{"500 of a run", execute, []step{status(500, "")}, 1, sessions.ErrOutcomeUnknown, []string{"may have run"}},
		{"502 of a run", execute, []step{status(502, html, "Content-Type", "text/html")}, 1, sessions.ErrOutcomeUnknown, nil},
		{"503 of a run", execute, []step{status(503, "", "Retry-After", "1")}, 1, sessions.ErrOutcomeUnknown, nil},
		{"504 of a run", execute, []step{status(504, "")}, 1, sessions.ErrOutcomeUnknown, []string{"220 s", "--async-after"}},
		{"500 then 200 of a list", list, []step{status(500, ""), status(503, ""), status(200, emptyList)}, 3, nil, nil},
		{"503 of a list", list, []step{status(503, "")}, 4, sessions.ErrUnavailable, []string{"503"}},
		{"500 then 200 of an upload", upload, []step{status(500, ""), status(200, `{"name":"a.txt"}`)}, 2, nil, nil},
		{"500 of an upload that cannot be read again", uploadOnce, []step{status(500, "")}, 1, sessions.ErrStoreUnknown, []string{"The file may be stored"}},
		{"deleted by a lost attempt", del, []step{status(500, ""), status(404, envelope("NotFound", ""))}, 2, nil, nil},
		{"deleting what is not there", del, []step{status(429, ""), status(404, envelope("NotFound", ""))}, 2, fs.ErrNotExist, nil},
		{"hang-up in a run", execute, []step{hangUp}, 1, sessions.ErrOutcomeUnknown, []string{"may have run"}},
		{"hang-up in a list", list, []step{hangUp, status(200, emptyList)}, 2, nil, nil},
		{"cut answer of a run", execute, []step{cutOff}, 1, sessions.ErrOutcomeUnknown, []string{"may have run"}},
		{"cut answer of a list", list, []step{cutOff}, 2, sessions.ErrUnavailable, nil},
		{"web page", execute, []step{status(200, html, "Content-Type", "text/html")}, 1, sessions.ErrOutcomeUnknown, []string{"a web page instead of JSON", "Please sign in"}},
		{"junk", list, []step{status(200, "\x00\x01\x1b[31m{", "Content-Type", "application/octet-stream")}, 2, sessions.ErrUnavailable, []string{"cannot be parsed"}},
		{"nothing", list, []step{status(200, "")}, 2, sessions.ErrUnavailable, []string{"empty body"}},
		{"endless error", list, []step{status(400, strings.Repeat("x", 1<<20))}, 1, sessions.ErrUnavailable, nil},
		{"400 of a server that wants TLS", execute, []step{status(400, "Client sent an HTTP request to an HTTPS server.\n", "Content-Type", "text/plain")}, 1, sessions.ErrUnavailable, []string{"HTTPS server", "scheme and port"}},
		{"400 of the service without a code", execute, []step{status(400, `{"title":"One or more validation errors occurred."}`)}, 1, sessions.ErrInvalidRequest, []string{"validation errors"}},
		{"JSON of another service instead of a list", list, []step{status(200, `{"hello":1}`)}, 1, sessions.ErrUnavailable, []string{"does not give this answer"}},
		{"JSON of another service for a file", stat, []step{status(200, `{"hello":1}`)}, 1, sessions.ErrUnavailable, []string{"does not give this answer"}},
		{"JSON of another service after an upload", upload, []step{status(200, `{"hello":1}`)}, 1, sessions.ErrStoreUnknown, []string{"does not give this answer"}},
		{"redirect", list, []step{status(307, "", "Location", "https://user:secret@evil.example/login?code=secret")}, 2, sessions.ErrUnavailable, []string{"https://evil.example/login", "Redirects are not followed"}},
		{"error in the answer", execute, []step{status(200, `{"status":"Failed","error":{"error":{"code":"Oops","message":"it broke"}}}`)}, 1, sessions.ErrOutcomeUnknown, []string{"Oops", "it broke"}},
		{"code of the service", stat, []step{status(400, envelope(wire.CodeFileName, "bad"))}, 1, sessions.ErrInvalidName, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n := requests.Add(1)
				tt.steps[min(int(n), len(tt.steps))-1](w, r)
			})
			err := tt.call(t.Context(), pool)
			if tt.want == nil && err != nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			for _, text := range tt.says {
				if err != nil && !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
			if err != nil && (strings.ContainsAny(err.Error(), "\x00\x1b") || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), string(id)) || len(err.Error()) > 1000) {
				t.Errorf("the text is not fit to be shown: %q", err)
			}
			if n := requests.Load(); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
		})
	}
}

func TestCapacityErrorKnowsTheWait(t *testing.T) {
	t.Parallel()
	pool := serve(t, http.HandlerFunc(status(429, "", "Retry-After", "90")))
	var full *sessions.CapacityError
	if err := execute(t.Context(), pool); !errors.As(err, &full) || full.RetryAfter != 90*time.Second {
		t.Errorf("got %v", err)
	}
}

// The token stays with the pool's host.
func TestRedirectDoesNotGetTheToken(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := serveOther(t, func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	srv := serveOther(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer token-1" {
			t.Errorf("the pool got %q", got)
		}
		http.Redirect(w, r, other, http.StatusTemporaryRedirect)
	})
	endpoint, err := azure.ParseEndpoint(srv)
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{}})
	if err := list(t.Context(), pool); !errors.Is(err, sessions.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if elsewhere.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestTokenIsRefreshedOnceAndForTheRightScope(t *testing.T) {
	t.Parallel()
	c := &credential{}
	var tokens []string
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		if len(tokens) == 1 {
			answerWith(w, 401, "")
			return
		}
		answerWith(w, 200, emptyList)
	}, func(o *azure.Options) { o.Credential = c })
	if err := list(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(tokens, ", "); got != "Bearer token-1, Bearer token-2" {
		t.Errorf("the pool got %s", got)
	}
	if _, ok := c.scopes.Load(wire.Scope); !ok {
		t.Error("the token was asked for with another scope")
	}
}

func TestNoCredential(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	pool := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) },
		func(o *azure.Options) { o.Credential = &credential{err: errors.New("Sign in with az login")} })
	err := execute(t.Context(), pool)
	if !errors.Is(err, sessions.ErrUnauthorized) || !strings.Contains(err.Error(), "az login") || requests.Load() != 0 {
		t.Errorf("got %v after %d requests", err, requests.Load())
	}
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	endpoint, err := azure.ParseEndpoint("http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, azure.Options{Endpoint: endpoint, RetryDelay: time.Millisecond})
	if err := execute(t.Context(), pool); !errors.Is(err, sessions.ErrUnavailable) || errors.Is(err, sessions.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "Nothing listens there") {
		t.Errorf("got %v", err)
	}
}

// The advice for a pool on this machine does not name the Azure CLI.
func TestFullPoolOnThisMachine(t *testing.T) {
	t.Parallel()
	endpoint, err := azure.ParseEndpoint(serveOther(t, http.HandlerFunc(status(http.StatusTooManyRequests, "", "Retry-After", "120"))))
	if err != nil {
		t.Fatal(err)
	}
	err = execute(t.Context(), open(t, azure.Options{Endpoint: endpoint}))
	if !errors.Is(err, sessions.ErrNoCapacity) || !strings.Contains(err.Error(), "--max-sessions of the program") || strings.Contains(err.Error(), "az containerapp") {
		t.Errorf("got %v", err)
	}
}

// HTTPS to a port that speaks HTTP is tried once, and nothing was run.
func TestSchemeOfAnotherPort(t *testing.T) {
	t.Parallel()
	plain := serveOther(t, http.HandlerFunc(status(200, emptyList)))
	endpoint, err := azure.ParseEndpoint(strings.Replace(plain, "http://", "https://", 1))
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, azure.Options{Endpoint: endpoint, RetryDelay: time.Hour, MaxRetryDelay: time.Hour})
	if err := execute(t.Context(), pool); !errors.Is(err, sessions.ErrUnavailable) || !strings.Contains(err.Error(), "does not speak TLS on that port") {
		t.Errorf("got %v", err)
	}
}

// The log does not repeat the service, which may name the session.
func TestLogDoesNotRepeatTheService(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			answerWith(w, 403, envelope("Forbidden", "not session "+string(id)))
			return
		}
		answerWith(w, 200, succeeded)
	}, func(o *azure.Options) { o.StopOnClose, o.Logger = true, zerolog.New(&log) })
	if err := execute(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Contains(text, string(id)) || !strings.Contains(text, "403 Forbidden (Forbidden)") {
		t.Errorf("the log has %s", text)
	}
}

// A service that is silent is given up, and a caller who gives up is not kept.
func TestSilence(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	silent := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"value":[`)
		w.(http.Flusher).Flush()
		silent(w, r)
	}
	impatient := func(o *azure.Options) { o.Patience = 50 * time.Millisecond }
	for name, handler := range map[string]http.HandlerFunc{"answer": silent, "body": slow} {
		if err := list(t.Context(), serve(t, handler, impatient)); !errors.Is(err, sessions.ErrUnavailable) || !strings.Contains(err.Error(), "silent for 50ms") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	arrived := make(chan struct{})
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		silent(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if err := execute(ctx, pool); !errors.Is(err, context.Canceled) {
		t.Errorf("the canceled call returned %v", err)
	}
}
