package server

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

const poolToken = "a-token-of-the-test"

// guardedPool serves the REST API over a pool in memory, behind its guard.
func guardedPool(t *testing.T, args ...string) func(method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	api := rest.New(&sessionstest.Fake{}, rest.Options{})
	t.Cleanup(func() { _ = api.Close() })
	p := newProgram(t, &fakePool{Fake: &sessionstest.Fake{}}, Streams{}, append([]string{"pool"}, args...)...)
	handler := p.guardPool(api, &httpserver.Access{Token: poolToken})
	return func(method, target string, headers ...string) *httptest.ResponseRecorder {
		body := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
		r := httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
			if headers[i] == "Host" {
				r.Host = headers[i+1]
			}
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
}

// The guard of the pool answers as Azure does: with its envelope and headers.
func TestPoolRefusesAsAzureDoes(t *testing.T) {
	t.Parallel()
	call := guardedPool(t)
	for _, tt := range []struct {
		method, target string
		headers        []string
		status         int
		code, part     string
	}{
		{"GET", "/files" + poolQuery, nil, 401, wire.CodeUnauthorized, ""},
		{"GET", "/files" + poolQuery, []string{"Authorization", "Bearer wrong"}, 401, wire.CodeUnauthorized, ""},
		{"GET", "/nowhere", nil, 401, wire.CodeUnauthorized, ""},
		{"POST", "/health", nil, 401, wire.CodeUnauthorized, ""},
		{"POST", "/mcp", []string{"x-ms-apikey", "wrong"}, 401, wire.CodeUnauthorized, ""},
		{"POST", "/mcp", []string{"x-ms-apikey", poolToken, "Origin", "https://example.com"}, 403, wire.CodeForbidden, "Origin"},
		{"GET", "/files" + poolQuery, []string{"Origin", "null"}, 403, wire.CodeForbidden, "Origin"},
		{"GET", "/files" + poolQuery, []string{"Origin", "http://localhost"}, 403, wire.CodeForbidden, "Origin"},
		{"GET", "/files" + poolQuery, []string{"Sec-Fetch-Site", "cross-site"}, 403, wire.CodeForbidden, "Origin"},
		{"GET", "/files" + poolQuery, []string{"Host", "evil.example"}, 403, wire.CodeForbidden, "Host"},
		{"GET", "/health", []string{"Host", "evil.example"}, 403, wire.CodeForbidden, "Host"},
		{"OPTIONS", "/mcp", []string{"Access-Control-Request-Method", "POST"}, 401, wire.CodeUnauthorized, ""},
	} {
		w := call(tt.method, tt.target, tt.headers...)
		var e wire.Envelope
		err := json.Unmarshal(w.Body.Bytes(), &e)
		if err != nil || w.Code != tt.status || e.Error.Code != tt.code || e.Error.Target != tt.part || e.Error.Message == "" || len(e.Error.TraceID) != 32 ||
			w.Header().Get(wire.HeaderErrorCode) != tt.code || (tt.status == 401) != strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s %s %q: %d %v %s, %v", tt.method, tt.target, tt.headers, w.Code, w.Header(), w.Body, err)
		}
		if strings.Contains(w.Body.String(), poolToken) {
			t.Errorf("%s %s: the answer has the token: %s", tt.method, tt.target, w.Body)
		}
	}
}

// The token opens the whole API, /mcp too, and may come as x-ms-apikey.
func TestPoolTakesItsToken(t *testing.T) {
	t.Parallel()
	call := guardedPool(t)
	const mcp = "/subscriptions/s/resourceGroups/g/sessionPools/p/mcp"
	for _, headers := range [][]string{
		{"Authorization", "Bearer " + poolToken}, {"x-ms-apikey", poolToken}, {"X-MS-APIKEY", poolToken, "Authorization", "Bearer of-another"},
	} {
		for target, method := range map[string]string{"/files" + poolQuery: "GET", "/mcp": "POST", mcp: "POST"} {
			if w := call(method, target, headers...); w.Code != 200 {
				t.Errorf("%s %q: %d %s", target, headers, w.Code, w.Body)
			}
		}
	}
	for target, method := range map[string]string{"/health": "GET", "/openapi.json": "HEAD"} {
		if w := call(method, target); w.Code != 200 {
			t.Errorf("%s without a token: %d %s", target, w.Code, w.Body)
		}
	}
}

// Beyond this machine the pool is known by any address, until names are given.
func TestPoolHosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		host string
		want int
	}{
		{nil, "localhost:1", 200},
		{nil, "192.0.2.7", 403},
		{[]string{"--allow-host=sessions.example"}, "sessions.example", 200},
		{[]string{"--tls-self-signed"}, "other.example", 403},
		{[]string{"--listen=0.0.0.0:1"}, "192.0.2.7:1", 200},
		{[]string{"--listen=0.0.0.0:1"}, "other.example", 403},
		{[]string{"--listen=0.0.0.0:1", "--allow-host=sessions.example"}, "192.0.2.7:1", 403},
		{[]string{"--listen=0.0.0.0:1", "--allow-host=sessions.example"}, "sessions.example:1", 200},
	} {
		call := guardedPool(t, tt.args...)
		if w := call("GET", "/health", "Host", tt.host); w.Code != tt.want {
			t.Errorf("%q called as %s: %d %s", tt.args, tt.host, w.Code, w.Body)
		}
	}
}
