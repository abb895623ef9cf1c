package server

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/server/oauth/oauthtest"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestServeWithOAuth(t *testing.T) {
	t.Parallel()
	issuer := oauthtest.New(t, false)
	token := func(changes oauthtest.Claims) string { return issuer.Token(issuer.Claims(time.Now(), changes)) }
	said, stop := listenOf(t, &fakePool{Fake: &sessionstest.Fake{}}, "--transport=http",
		"--oauth-issuer="+issuer.Server.URL, "--oauth-audience=api", "--oauth-scope=run")
	s := &webServer{t: t, url: saidURL.FindString(said)}
	if !strings.Contains(said, "need a token of "+issuer.Server.URL) {
		t.Errorf("it said %q", said)
	}
	id := s.begin(token(nil))
	list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for who, tt := range map[string]struct {
		token  string
		status int
	}{
		"the same user, renewed":    {token(oauthtest.Claims{"exp": time.Now().Add(2 * time.Hour).Unix()}), 200},
		"another user":              {token(oauthtest.Claims{"sub": "bob"}), 404},
		"the name in another realm": {token(oauthtest.Claims{"tid": "other"}), 404},
		"without the scope":         {token(oauthtest.Claims{"scp": "other"}), 403},
		"expired":                   {token(oauthtest.Claims{"exp": 1}), 401},
		"no token of the issuer":    {ada, 401},
	} {
		if a := s.do(request{token: tt.token, session: id, body: list}); a.status != tt.status {
			t.Errorf("%s: %d %s", who, a.status, a.text)
		}
	}
	a := s.do(request{method: "GET", path: "/.well-known/oauth-protected-resource/mcp", header: map[string]string{"Authorization": ""}})
	if a.status != 200 || !strings.Contains(a.text, `"resource":"`+s.url+`/mcp"`) {
		t.Errorf("metadata: %d %s", a.status, a.text)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A service beyond this machine, known by its public URL.
func TestServeWithOAuthBehindAProxy(t *testing.T) {
	t.Parallel()
	issuer := oauthtest.New(t, false)
	pool := newVariablePool()
	registry := conversation.New(conversation.Options{Pool: pool})
	t.Cleanup(registry.Close)
	p := newProgram(t, pool, Streams{}, "--transport=sse", "--listen=0.0.0.0:8000", "--public-url=https://python.example",
		"--oauth-issuer="+issuer.Server.URL, "--oauth-audience=api")
	access, err := httpserver.NewAccess(p.cfg, p.cfg.Serve.HTTP(), p.log)
	if err != nil || access.Token != "" {
		t.Fatalf("it made a token; %v", err)
	}
	service, err := p.newService(pool, registry, newTasks(t), linksTo(t, pool), nil, p.authenticator(access, nil))
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{"/sse": 401, "/.well-known/oauth-protected-resource/sse": 200, "/.well-known/oauth-protected-resource/mcp": 401, "/healthz": 200} {
		w := httptest.NewRecorder()
		service.handler.ServeHTTP(w, httptest.NewRequest("GET", "https://python.example"+path, nil))
		if w.Code != status || path == "/sse" && w.Header().Get("WWW-Authenticate") != `Bearer resource_metadata="https://python.example/.well-known/oauth-protected-resource/sse"` {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	if service.handler.ServeHTTP(w, httptest.NewRequest("GET", "https://evil.example/.well-known/oauth-protected-resource", nil)); w.Code != 403 {
		t.Errorf("metadata under another name: %d", w.Code)
	}
}
