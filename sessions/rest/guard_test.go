package rest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

func TestToken(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{Token: "the-right-token"})
	for header, status := range map[string]int{
		"Bearer the-right-token":   200,
		"bearer  the-right-token ": 200,
		"Bearer the-wrong-token":   401,
		"Bearer ":                  401,
		"Basic the-right-token":    401,
		"the-right-token":          401,
		"":                         401,
	} {
		got := s.request("GET", "/files"+flat, "", "Authorization", header)
		if got.status != status {
			t.Errorf("%q: got %d", header, got.status)
		}
		if status == http.StatusUnauthorized {
			s.fails(got, 401, wire.CodeUnauthorized, "")
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%q: no challenge", header)
			}
		}
	}
	s.fails(s.get("/nowhere"), 401, wire.CodeUnauthorized, "")
	s.expect(s.get("/health"), 200, `{"message":"healthy"}`)
	if got := s.get("/openapi.json"); got.status != 200 {
		t.Errorf("the description: %d", got.status)
	}
}

func TestWebPagesAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{Hosts: []string{"localhost", "127.0.0.1", "::1"}})
	for _, test := range []struct {
		name, value, target string
	}{
		{"Origin", "http://evil.example", "Origin"},
		{"Origin", "null", "Origin"},
		{"Sec-Fetch-Site", "cross-site", "Origin"},
		{"Host", "evil.example", "Host"},
		{"Host", "127.0.0.1.evil.example:80", "Host"},
	} {
		s.fails(s.request("GET", "/files"+flat, "", test.name, test.value), 403, wire.CodeForbidden, test.target)
	}
	for _, host := range []string{"localhost:1234", "LOCALHOST", "127.0.0.1", "[::1]:80", "[::1]"} {
		if got := s.request("GET", "/files"+flat, "", "Host", host); got.status != 200 {
			t.Errorf("%s: got %d", host, got.status)
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
	s := newService(t, &sessionstest.Fake{}, rest.Options{Token: "the-right-token", Logger: zerolog.New(zerolog.SyncWriter(&log))})
	got := s.request("POST", "/executions"+flat, `{"code":"print('private code')"}`, "Authorization", "Bearer the-right-token")
	s.request("GET", "/files/private-name/content"+flat, "", "Authorization", "Bearer the-right-token")
	s.request("GET", "/files"+flat, "", "Authorization", "Bearer a-wrong-token")
	if got.status != 200 || !strings.Contains(log.String(), `"route":"/executions"`) {
		t.Errorf("%d, the log: %s", got.status, log.String())
	}
	for _, private := range []string{"private", "testidentifier", "token"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("the log has %q: %s", private, log.String())
		}
	}
}
