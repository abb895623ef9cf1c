package oauth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/oauth"
	"dynamic-sessions-mcp/server/oauth/oauthtest"
)

const publicURL = "https://python.example"

// service is a guarded handler that answers with the principal.
type service struct {
	handler http.Handler
	issuer  *oauthtest.Issuer
	later   *atomic.Int64 // seconds by which its clock is ahead
	log     *bytes.Buffer
}

func newService(t *testing.T, change func(*oauth.Options)) service {
	t.Helper()
	s := service{issuer: oauthtest.New(t, true), later: &atomic.Int64{}, log: &bytes.Buffer{}}
	opts := oauth.Options{
		Issuer: s.issuer.Server.URL, Audiences: []string{"api", "api://second"}, Scopes: []string{"run"}, URL: publicURL, Name: "python",
		Paths: map[string]string{"/mcp": "/mcp", "/sse": "/sse", "/message": "/sse"}, Transport: s.issuer.Server.Client().Transport,
		Now:    func() time.Time { return time.Now().Add(time.Duration(s.later.Load()) * time.Second) },
		Logger: zerolog.New(s.log),
	}
	if change != nil {
		change(&opts)
	}
	resource := oauth.New(opts)
	mux := http.NewServeMux()
	for _, path := range resource.MetadataPaths() {
		mux.Handle(path, resource.Metadata())
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, guard.Caller(r.Context()), r.Header.Get("Authorization"))
	})
	s.handler = guard.New(guard.Options{Hosts: []string{"python.example"}, Origins: []string{"https://chat.example"}, Who: resource,
		Open: resource.MetadataPaths(), Logger: zerolog.New(s.log)}).Wrap(mux)
	return s
}

func (s service) get(path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", publicURL+path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s service) token(changes oauthtest.Claims) string {
	return s.issuer.Token(s.issuer.Claims(time.Now(), changes))
}

func TestTokensThatLetIn(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	now := time.Now()
	c := func(changes oauthtest.Claims) oauthtest.Claims { return s.issuer.Claims(now, changes) }
	usual := s.get("/mcp", s.token(nil)).Body.String()
	if !strings.HasPrefix(usual, "oauth:") || len(usual) != len("oauth:")+64 {
		t.Fatalf("the principal is %q", usual)
	}
	for name, tt := range map[string]struct {
		token string
		same  bool // principal
	}{
		"with RSA":               {s.issuer.RSAToken(c(nil)), true},
		"for several audiences":  {s.token(oauthtest.Claims{"aud": []string{"x", "api"}}), true},
		"for another audience":   {s.token(oauthtest.Claims{"aud": "api://second"}), true},
		"with scope":             {s.token(oauthtest.Claims{"scp": nil, "scope": "a run"}), true},
		"with a list of scopes":  {s.token(oauthtest.Claims{"scp": []string{"a", "run"}}), true},
		"with roles":             {s.token(oauthtest.Claims{"scp": nil, "roles": []string{"run"}}), true},
		"expired within skew":    {s.token(oauthtest.Claims{"exp": now.Add(-oauth.Skew / 2).Unix()}), true},
		"not yet within skew":    {s.token(oauthtest.Claims{"nbf": now.Add(oauth.Skew / 2).Unix()}), true},
		"without a beginning":    {s.token(oauthtest.Claims{"nbf": nil, "iat": nil}), true},
		"of another subject":     {s.token(oauthtest.Claims{"sub": "bob"}), false},
		"of another tenant":      {s.token(oauthtest.Claims{"tid": "t"}), false},
		"of subject with quotes": {s.token(oauthtest.Claims{"sub": `ada","`}), false},
	} {
		if w := s.get("/mcp", tt.token); w.Code != 200 || (w.Body.String() == usual) != tt.same || len(w.Body.String()) != len(usual) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if n := s.issuer.KeyReads.Load(); n != 1 {
		t.Errorf("the keys were read %d times", n)
	}
}

func TestTokensThatDoNot(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	other := oauthtest.New(t, true)
	now := time.Now()
	usual := s.issuer.Claims(now, nil)
	good := s.token(nil)
	part := strings.Split(good, ".")
	evil, err := json.Marshal(s.issuer.Claims(now, oauthtest.Claims{"sub": "eve"}))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"expired":              s.token(oauthtest.Claims{"exp": now.Add(-oauth.Skew - time.Second).Unix()}),
		"without expiry":       s.token(oauthtest.Claims{"exp": nil}),
		"expiry as text":       s.token(oauthtest.Claims{"exp": "tomorrow"}),
		"not yet valid":        s.token(oauthtest.Claims{"nbf": now.Add(oauth.Skew + 5*time.Second).Unix()}),
		"another audience":     s.token(oauthtest.Claims{"aud": "another"}),
		"part of the audience": s.token(oauthtest.Claims{"aud": "api2 api"}),
		"no audience":          s.token(oauthtest.Claims{"aud": nil}),
		"another issuer":       s.token(oauthtest.Claims{"iss": "https://evil.example"}),
		"no issuer":            s.token(oauthtest.Claims{"iss": nil}),
		"no subject":           s.token(oauthtest.Claims{"sub": nil}),
		"scopes as a number":   s.token(oauthtest.Claims{"scp": 7}),
		"another's signature":  other.Token(usual),
		"none":                 s.issuer.Unsigned(usual),
		"the public key":       s.issuer.Confused(usual),
		"changed claims":       part[0] + "." + base64.RawURLEncoding.EncodeToString(evil) + "." + part[2],
		"no signature":         part[0] + "." + part[1] + ".",
		"as JSON":              fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, part[0], part[1], part[2]),
		"garbage":              "garbage",
		"dots":                 "..",
		"100 kB":               strings.Repeat("A", 100_000),
		"100 kB, signed":       s.token(oauthtest.Claims{"x": strings.Repeat("A", 100_000)}),
		"two tokens":           good + " " + good,
	} {
		w := s.get("/mcp", token)
		want := `Bearer resource_metadata="https://python.example/.well-known/oauth-protected-resource/mcp", error="invalid_token", error_description="`
		challenge := w.Header().Get("WWW-Authenticate")
		if w.Code != 401 || !strings.HasPrefix(challenge, want) || !strings.HasSuffix(challenge, `", scope="run"`) {
			t.Errorf("%s: %d %s %s", name, w.Code, w.Header(), w.Body)
		}
		if strings.Contains(w.Body.String()+s.log.String(), token[:min(20, len(token))]) && len(token) > 10 {
			t.Errorf("%s: the token is told: %s %s", name, w.Body, s.log)
		}
	}
	for path, resource := range map[string]string{"/mcp": "/mcp", "/sse": "/sse", "/message": "/sse", "/metrics": ""} {
		w := s.get(path, "")
		want := `Bearer resource_metadata="https://python.example/.well-known/oauth-protected-resource` + resource + `", scope="run"`
		if got := w.Header().Get("WWW-Authenticate"); w.Code != 401 || got != want {
			t.Errorf("nothing at %s: %d %q, want %q", path, w.Code, got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	s := newService(t, func(o *oauth.Options) {
		o.Scopes = []string{"api://app/run", "api/see", "https://other.example/go", publicURL + "/mcp/call"}
	})
	for granted, status := range map[string]int{
		"run see call https://other.example/go":                                          200,
		"api://app/run api/see https://other.example/go https://python.example/mcp/call": 200,
		"run see call go": 403, "run call https://other.example/go": 403, "run see https://other.example/go": 403, "": 403, "runs see call https://other.example/go": 403,
	} {
		w := s.get("/sse", s.token(oauthtest.Claims{"scp": granted}))
		challenge := w.Header().Get("WWW-Authenticate")
		if w.Code != status || status == 403 && (!strings.Contains(challenge, `error="insufficient_scope"`) ||
			!strings.Contains(challenge, `scope="api://app/run api/see https://other.example/go https://python.example/mcp/call"`) || !strings.Contains(challenge, `resource/sse"`)) {
			t.Errorf("%q: %d %s", granted, w.Code, challenge)
		}
	}
	// What a user may do is not what the user let the client do.
	if w := s.get("/sse", s.token(oauthtest.Claims{"scp": "", "roles": []string{"run", "see", "call", "https://other.example/go"}})); w.Code != 403 {
		t.Errorf("roles of a user: %d", w.Code)
	}
}

func TestKeysAreRenewed(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	old := s.token(nil)
	if w := s.get("/mcp", old); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.issuer.Rotate(t)
	renewed := s.token(nil)
	for range 20 {
		if w := s.get("/mcp", renewed); w.Code != 401 {
			t.Fatalf("keys were read again at once: %d", w.Code)
		}
	}
	if n := s.issuer.KeyReads.Load(); n != 1 {
		t.Errorf("tokens with unknown keys made %d requests", n)
	}
	s.later.Add(6)
	if w := s.get("/mcp", renewed); w.Code != 200 {
		t.Errorf("a token with a new key: %d %s", w.Code, w.Body)
	}
	if w := s.get("/mcp", old); w.Code != 401 || s.issuer.KeyReads.Load() != 2 {
		t.Errorf("a token with a key that is gone: %d after %d reads", w.Code, s.issuer.KeyReads.Load())
	}
}

func TestKeysThatAreWithdrawn(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(oauthtest.Claims{"exp": time.Now().Add(24 * time.Hour).Unix()})
	if w := s.get("/mcp", token); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.issuer.Rotate(t)
	s.issuer.Break(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) })
	s.later.Add(3601)
	if w := s.get("/mcp", token); w.Code != 200 {
		t.Errorf("what the issuer said before does not hold: %d %s", w.Code, w.Body)
	}
	s.issuer.Break(nil)
	s.later.Add(6)
	if w := s.get("/mcp", token); w.Code != 401 {
		t.Errorf("a withdrawn key after its time: %d", w.Code)
	}
	if w := s.get("/mcp", s.token(oauthtest.Claims{"exp": time.Now().Add(2 * time.Hour).Unix()})); w.Code != 200 {
		t.Errorf("the new key: %d %s", w.Code, w.Body)
	}
}

func TestIssuersThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) },
		"a page":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"another issuer": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"issuer":"https://evil.example"}`) },
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			for chunk := bytes.Repeat([]byte(" "), 1<<16); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"a cut": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
	} {
		s := newService(t, nil)
		s.issuer.Break(broken)
		token := s.token(nil)
		for range 3 {
			if w := s.get("/mcp", token); w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" {
				t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
			}
		}
		if n := strings.Count(s.log.String(), "cannot be used"); n < 1 {
			t.Errorf("%s: it was not logged: %s", name, s.log)
		}
		s.issuer.Break(nil)
		s.later.Add(6)
		if w := s.get("/mcp", token); w.Code != 200 {
			t.Errorf("%s: repaired: %d %s", name, w.Code, w.Body)
		}
		s.issuer.Break(broken) // what is known goes on
		s.later.Add(6)
		if w := s.get("/mcp", token); w.Code != 200 {
			t.Errorf("%s: broken again: %d %s", name, w.Code, w.Body)
		}
		s.issuer.Rotate(t)
		if w := s.get("/mcp", s.token(nil)); w.Code != 503 && name != "another issuer" {
			t.Errorf("%s: keys that cannot be read: %d %s", name, w.Code, w.Body)
		}
	}
}

// A rerouter carries what is meant for a host to the issuer of the test.
type rerouter struct {
	to   *oauthtest.Issuer
	seen atomic.Int64 // requests without TLS
}

func (r *rerouter) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.URL.Scheme == "http" {
		r.seen.Add(1)
	}
	at, err := url.Parse(r.to.Server.URL)
	if err != nil {
		return nil, err
	}
	q = q.Clone(q.Context())
	q.URL.Scheme, q.URL.Host = at.Scheme, at.Host
	return r.to.Server.Client().Transport.RoundTrip(q)
}

// Keys that somebody on the way could exchange are not read, although they are
// there and the token is good.
func TestKeysOverPlainHTTPAreNotRead(t *testing.T) {
	t.Parallel()
	for address, status := range map[string]int{
		"https://keys.example/keys": 200, "http://keys.example/keys": 503, "HTTP://keys.example/keys": 503,
		"http://192.0.2.1/keys": 503, "http://localhost.keys.example/keys": 503, "ftp://keys.example/keys": 503,
		"http://localhost/keys": 200, "http://127.0.0.1/keys": 200, "http://[::1]:1/keys": 200,
	} {
		var way *rerouter
		s := newService(t, func(o *oauth.Options) {
			way = &rerouter{}
			o.Transport = way
		})
		way.to = s.issuer
		s.issuer.Break(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/keys" {
				s.issuer.ServeKeys(w, r)
				return
			}
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.issuer.Server.URL, address)
		})
		w := s.get("/mcp", s.token(nil))
		if w.Code != status || status != 200 && way.seen.Load() > 0 {
			t.Errorf("keys at %s: %d %s, %d requests without TLS", address, w.Code, w.Body, way.seen.Load())
		}
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	const base = "/.well-known/oauth-protected-resource"
	for path, resource := range map[string]string{base: publicURL, base + "/mcp": publicURL + "/mcp", base + "/sse": publicURL + "/sse"} {
		w := s.get(path, "")
		want := fmt.Sprintf(`{"resource":%q,"resource_name":"python","authorization_servers":[%q],"scopes_supported":["run"],"bearer_methods_supported":["header"]}`+"\n",
			resource, s.issuer.Server.URL)
		if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := s.get(base+"/message", ""); w.Code != 401 {
		t.Errorf("a path without metadata: %d", w.Code)
	}
	for origin, status := range map[string]int{"https://chat.example": 204, "https://evil.example": 403} {
		r := httptest.NewRequest("OPTIONS", publicURL+base+"/mcp", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "GET")
		r.Header.Set("Access-Control-Request-Headers", "mcp-protocol-version")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		shared := w.Header().Get("Access-Control-Allow-Origin") == origin && strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Mcp-Protocol-Version")
		if w.Code != status || shared != (status == 204) {
			t.Errorf("a preflight from %s: %d %v", origin, w.Code, w.Header())
		}
	}
	r := httptest.NewRequest("POST", publicURL+base, nil)
	w := httptest.NewRecorder()
	if s.handler.ServeHTTP(w, r); w.Code != 401 { // a path is open to be read alone
		t.Errorf("POST: %d", w.Code)
	}
	w = httptest.NewRecorder()
	if oauth.New(oauth.Options{URL: publicURL}).Metadata().ServeHTTP(w, r); w.Code != 405 {
		t.Errorf("POST behind the guard: %d", w.Code)
	}
	if n := s.issuer.KeyReads.Load(); n != 0 {
		t.Errorf("the keys were read %d times before any token", n)
	}
	if !slices.Equal(oauth.New(oauth.Options{Paths: map[string]string{"/sse": "/sse", "/message": "/sse"}}).MetadataPaths(), []string{base, base + "/sse"}) {
		t.Error("paths of SSE alone")
	}
}
