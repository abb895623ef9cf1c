package guard

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func reached(g *Guard, change func(*http.Request)) (status int, who Principal, head http.Header) {
	r := httptest.NewRequest("POST", "http://localhost:8000/mcp", nil)
	change(r)
	w := httptest.NewRecorder()
	g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { who = Caller(r.Context()) })).ServeHTTP(w, r)
	return w.Code, who, w.Header()
}

func TestSites(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost", "127.0.0.1", "::1", "Sessions.example"}, Origins: []string{"https://chat.example"}, Who: Everyone{}})
	anywhere := New(Options{Hosts: []string{"localhost"}, AnyAddress: true, Who: Everyone{}})
	for _, tt := range []struct {
		host, origin     string
		status, anywhere int
	}{
		{"localhost:8000", "", 200, 200},
		{"LOCALHOST", "", 200, 200},
		{"[::1]:8000", "", 200, 200},
		{"sessions.example", "", 200, 403},
		{"192.0.2.7:8000", "", 403, 200},
		{"", "", 403, 403},
		{"localhost.", "", 403, 403},
		{"localhost:evil", "", 403, 403},
		{"][localhost", "", 403, 403},
		{"::1", "", 403, 403},
		{"localhost/mcp", "", 403, 403},
		{"localhost.evil.example", "", 403, 403},
		{"localhost@evil.example", "", 403, 403},
		{"localhost:8000", "http://localhost:8000", 200, 200},
		{"localhost:8000", "https://localhost:8000", 403, 403},
		{"localhost:8000", "http://localhost:3000", 403, 403},
		{"localhost:8000", "https://chat.example", 200, 403},
		{"localhost:8000", "https://chat.example.evil.example", 403, 403},
		{"localhost:8000", "null", 403, 403},
		{"evil.example", "http://evil.example", 403, 403},
	} {
		for guard, want := range map[*Guard]int{g: tt.status, anywhere: tt.anywhere} {
			status, _, head := reached(guard, func(r *http.Request) {
				r.Host = tt.host
				if tt.origin != "" {
					r.Header.Set("Origin", tt.origin)
				}
			})
			shared := head.Get("Access-Control-Allow-Origin")
			if status != want || shared != "" && (shared != "https://chat.example" || shared != tt.origin) {
				t.Errorf("host %q, origin %q: %d, shared with %q; want %d", tt.host, tt.origin, status, shared, want)
			}
		}
	}
}

// A page that may call the service needs to send its token, and to read the name
// of its conversation; any other gets nothing.
func TestPagesMaySendTokens(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Origins: []string{"https://chat.example"}, Who: NewTokens("first-token-1234")})
	list := func(h http.Header, name string) []string {
		var all []string
		for item := range strings.SplitSeq(h.Get(name), ",") {
			all = append(all, http.CanonicalHeaderKey(strings.TrimSpace(item)))
		}
		return all
	}
	preflight := func(origin string) (int, http.Header) {
		status, _, head := reached(g, func(r *http.Request) {
			r.Method = "OPTIONS"
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization, content-type")
		})
		return status, head
	}
	status, head := preflight("https://chat.example")
	for _, name := range []string{"Authorization", "Content-Type", "Accept", "Mcp-Session-Id", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name"} {
		if !slices.Contains(list(head, "Access-Control-Allow-Headers"), name) {
			t.Errorf("a page may not send %s: %v", name, head)
		}
	}
	for _, method := range []string{"GET", "POST", "DELETE"} {
		if !strings.Contains(head.Get("Access-Control-Allow-Methods"), method) {
			t.Errorf("a page may not use %s: %v", method, head)
		}
	}
	if status != 204 || head.Get("Access-Control-Allow-Credentials") != "" || !slices.Contains(head.Values("Vary"), "Origin") {
		t.Errorf("preflight: %d, %v", status, head)
	}
	if status, head := preflight("https://evil.example"); status != 403 || head.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("preflight of another page: %d, %v", status, head)
	}
	for token, want := range map[string]int{"Bearer first-token-1234": 200, "": 401} {
		status, _, head := reached(g, func(r *http.Request) {
			r.Header.Set("Origin", "https://chat.example")
			r.Header.Set("Authorization", token)
		})
		exposed := list(head, "Access-Control-Expose-Headers")
		if status != want || head.Get("Access-Control-Allow-Origin") != "https://chat.example" ||
			!slices.Contains(exposed, "Mcp-Session-Id") || !slices.Contains(exposed, "Www-Authenticate") {
			t.Errorf("a call with %q: %d, %v", token, status, head)
		}
	}
}

// What is behind the guard learns who calls, and not by which token.
func TestTokensStayInFront(t *testing.T) {
	t.Parallel()
	var seen []string
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("first-token-1234")})
	behind := g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if Caller(r.Context()) == "" {
			t.Error("nobody calls")
		}
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), "first-token") {
				seen = append(seen, name)
			}
		}
	}))
	r := httptest.NewRequest("POST", "http://localhost/mcp", nil)
	r.Header.Set("Authorization", "Bearer first-token-1234")
	w := httptest.NewRecorder()
	behind.ServeHTTP(w, r)
	if w.Code != 200 || len(seen) > 0 {
		t.Errorf("status %d, and the token is in %v", w.Code, seen)
	}
	if r.Header.Get("Authorization") == "" {
		t.Error("the request of who called was changed")
	}
}

// Two credentials are none, whatever their order, also if both are right.
func TestTwoCredentialsAreNone(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("first-token-1234", "second-token-123")})
	const first, second = "Bearer first-token-1234", "Bearer second-token-123"
	for _, headers := range [][]string{{first, first}, {first, second}, {first, ""}, {"", first}, {first, "Basic x"}, {"Basic x", first}} {
		if status, who, _ := reached(g, func(r *http.Request) { r.Header["Authorization"] = headers }); status != 401 || who != "" {
			t.Errorf("%q: %d, %q", headers, status, who)
		}
	}
}

func TestTokensArePrincipals(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("first-token-1234", "second-token-123")})
	seen := map[Principal]bool{}
	for header, status := range map[string]int{
		"Bearer first-token-1234": 200, "bearer second-token-123": 200, "Bearer third": 401, "Bearer": 401, "Bearer ": 401,
		"": 401, "Basic first-token-1234": 401, "first-token-1234": 401, "Bearer first-token-1234 second-token-123": 401,
	} {
		got, who, head := reached(g, func(r *http.Request) { r.Header.Set("Authorization", header) })
		if got != status || (status == 401) != strings.HasPrefix(head.Get("WWW-Authenticate"), "Bearer") || strings.Contains(string(who), "token-1") {
			t.Errorf("%q: %d, %q, %v", header, got, who, head)
		}
		seen[who] = true
	}
	if len(seen) != 3 { // two, and nobody
		t.Errorf("principals: %v", seen)
	}
	if got, _, _ := reached(g, func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer first-token-1234", "Bearer x"} }); got != 401 {
		t.Errorf("two headers: %d", got)
	}
	one, _, _ := reached(New(Options{Hosts: []string{"localhost"}, Who: NewTokens("a"), Open: []string{"/mcp"}}), func(*http.Request) {})
	if one != 200 {
		t.Errorf("an open path: %d", one)
	}
}

func FuzzSite(f *testing.F) {
	f.Add("localhost:8000", "http://localhost:8000")
	f.Add("[::1]", "null")
	f.Add("evil.example", "https://chat.example")
	g := New(Options{Hosts: []string{"localhost", "::1"}, Origins: []string{"https://chat.example"}, Who: Everyone{}})
	f.Fuzz(func(t *testing.T, host, origin string) {
		status, _, _ := reached(g, func(r *http.Request) {
			r.Host = host
			r.Header["Origin"] = []string{origin}
		})
		if status != 200 {
			return
		}
		name := host
		if h, _, err := net.SplitHostPort(host); err == nil {
			name = h
		}
		if !slices.Contains([]string{"localhost", "::1"}, strings.ToLower(strings.Trim(name, "[]"))) {
			t.Errorf("host %q was let in", host)
		}
		if u, err := url.Parse(origin); origin != "https://chat.example" && (err != nil || !strings.EqualFold(u.Host, host)) {
			t.Errorf("origin %q was let in at %q", origin, host)
		}
	})
}
