package rest_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// What may not reach the pool is refused as the API refuses.
func TestRefuse(t *testing.T) {
	t.Parallel()
	handler := rest.New(&sessionstest.Fake{}, rest.Options{})
	for status, code := range map[int]string{401: wire.CodeUnauthorized, 403: wire.CodeForbidden, 503: wire.CodeUnavailable} {
		w := httptest.NewRecorder()
		handler.Refuse(w, httptest.NewRequest("POST", "/files"+flat, strings.NewReader("{}")), status, "Host", "no")
		got := answer{w.Code, w.Header(), w.Body.String()}
		s := &service{t: t}
		if message := s.fails(got, status, code, "Host"); message != "no" {
			t.Errorf("%d says %q", status, message)
		}
		if got.header.Get(wire.HeaderCorrelation) == "" || got.header.Get(wire.HeaderVersions) == "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d has the headers %v", status, got.header)
		}
	}
}

func TestVersionCanBeRequired(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{RequireVersion: true})
	s.fails(s.get("/files?identifier=abcd"), 400, wire.CodeValidationFailed, "api-version")
	s.expect(s.get("/files"+flat), 200, `{"value":[]}`)
}

func TestNothingPrivateIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newService(t, &sessionstest.Fake{}, rest.Options{Logger: zerolog.New(zerolog.SyncWriter(&log))})
	got := s.request("POST", "/executions"+flat, `{"code":"print('private code')"}`, "Authorization", "Bearer a-token")
	s.request("GET", "/files/private-name/content"+flat, "", "Authorization", "Bearer a-token")
	if got.status != 200 || !strings.Contains(log.String(), `"route":"/executions"`) {
		t.Errorf("%d, the log: %s", got.status, log.String())
	}
	for _, private := range []string{"private", "testidentifier", "token"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("the log has %q: %s", private, log.String())
		}
	}
}
