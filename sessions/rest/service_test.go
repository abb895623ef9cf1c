package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

const (
	flat    = "?api-version=2024-10-02-preview&identifier=testidentifier000003"
	wrapped = "?identifier=testidentifier000003&api-version=2024-02-02-preview"
)

// A service is a handler over a fake pool behind a real HTTP server.
type service struct {
	t    testing.TB
	pool *sessionstest.Fake
	url  string
}

func newService(t testing.TB, pool *sessionstest.Fake, opts rest.Options) *service {
	t.Helper()
	return &service{t: t, pool: pool, url: newServer(t, rest.New(pool, opts))}
}

// newServer serves a handler until the test ends.
func newServer(t testing.TB, handler *rest.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		if err := handler.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// An answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

func (s *service) request(method, target, body string, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	return s.send(r)
}

func (s *service) send(r *http.Request) answer {
	s.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(data)}
}

func (s *service) get(target string) answer { s.t.Helper(); return s.request("GET", target, "") }

func (s *service) post(target, body string) answer {
	s.t.Helper()
	return s.request("POST", target, body)
}

// part is one part of a form.
type part struct{ name, filename, data string }

func (s *service) upload(target string, parts ...part) answer {
	s.t.Helper()
	body, contentType := newForm(s.t, parts...)
	return s.request("POST", target, body, "Content-Type", contentType)
}

func newForm(t testing.TB, parts ...part) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		to, err := w.CreateFormFile(p.name, p.filename)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(to, p.data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// put stores a file behind the service's back.
func (s *service) put(name, data string) {
	s.t.Helper()
	if _, err := s.pool.Upload(s.t.Context(), "testidentifier000003", name, strings.NewReader(data)); err != nil {
		s.t.Fatal(err)
	}
}

// stored returns what a file of the session holds.
func (s *service) stored(name string) string {
	s.t.Helper()
	_, r, err := s.pool.Download(s.t.Context(), "testidentifier000003", name)
	if err != nil {
		return err.Error()
	}
	data, err := io.ReadAll(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// expect compares an answer's status and its body, in which the JSON values of
// volatile keys have become "…". The "$id" of objects are compared if body has
// them.
func (s *service) expect(got answer, status int, body string) {
	s.t.Helper()
	if !strings.Contains(body, `"$id"`) {
		got.body = reference.ReplaceAllString(got.body, "")
	}
	if settled := normalize(s.t, got.body); got.status != status || settled != normalize(s.t, body) {
		s.t.Errorf("got %d %s\nwant %d %s", got.status, settled, status, body)
	}
}

// reference is what .NET's serializer puts before the first key of an object.
var reference = regexp.MustCompile(`"\$id":"[0-9]+",?`)

// normalize puts JSON into one form.
func normalize(t testing.TB, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	data, err := json.Marshal(maskVolatile(value))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func maskVolatile(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			switch key {
			case "id", "traceId", "lastModifiedAt", "lastModifiedTime", "createdAt", "lastAccessedAt", "lastUpdatedAt", "expireAt", "expiresAt":
				value[key] = "…"
			default:
				value[key] = maskVolatile(value[key])
			}
		}
	case []any:
		for i := range value {
			value[i] = maskVolatile(value[i])
		}
	}
	return value
}

// fails expects an error and returns its message.
func (s *service) fails(got answer, status int, code, target string) string {
	s.t.Helper()
	var e wire.Envelope
	if err := json.Unmarshal([]byte(got.body), &e); err != nil {
		s.t.Fatalf("%d %q: %v", got.status, got.body, err)
	}
	if got.status != status || e.Error.Code != code || e.Error.Target != target ||
		got.header.Get(wire.HeaderErrorCode) != code || e.Error.Message == "" || len(e.Error.TraceID) != 32 {
		s.t.Errorf("got %d %+v, want %d %s about %q", got.status, e.Error, status, code, target)
	}
	return e.Error.Message
}

// script returns a fake pool all of whose runs end as x.
func script(x sessions.Execution) *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &x, nil
	}}
}

// echo returns a fake pool whose runs print their code.
func echo() *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Stdout: r.Code}, nil
	}}
}
