package guard

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Each case is decided by three guards: one with names and a page, one for any
// address, and one of a service without pages.
func TestSites(t *testing.T) {
	t.Parallel()
	names := []string{"localhost", "127.0.0.1", "::1", "Sessions.example"}
	guards := [3]*Guard{
		New(Options{Hosts: names, Origins: []string{"https://chat.example"}, Who: Everyone{}}),
		New(Options{Hosts: []string{"localhost"}, AnyAddress: true, Who: Everyone{}}),
		New(Options{Hosts: names, NoPages: true, Who: Everyone{}}),
	}
	const ok, host, origin = "", "Host", "Origin" // what is to blame
	for _, tt := range []struct {
		host    string
		headers [2]string
		want    [3]string
	}{
		{"localhost:8000", [2]string{}, [3]string{ok, ok, ok}},
		{"localhost:1", [2]string{}, [3]string{ok, ok, ok}},
		{"LOCALHOST", [2]string{}, [3]string{ok, ok, ok}},
		{"127.0.0.1", [2]string{}, [3]string{ok, ok, ok}},
		{"[::1]:8000", [2]string{}, [3]string{ok, ok, ok}},
		{"[::1]", [2]string{}, [3]string{ok, ok, ok}},
		{"sessions.example", [2]string{}, [3]string{ok, host, ok}},
		{"192.0.2.7:8000", [2]string{}, [3]string{host, ok, host}},
		{"", [2]string{}, [3]string{host, host, host}},
		{"localhost.", [2]string{}, [3]string{host, host, host}},
		{"localhost:evil", [2]string{}, [3]string{host, host, host}},
		{"][localhost", [2]string{}, [3]string{host, host, host}},
		{"[localhost]:8000", [2]string{}, [3]string{host, host, host}},
		{"::1", [2]string{}, [3]string{host, host, host}},
		{"localhost/mcp", [2]string{}, [3]string{host, host, host}},
		{"localhost.evil.example", [2]string{}, [3]string{host, host, host}},
		{"127.0.0.1.evil.example:80", [2]string{}, [3]string{host, host, host}},
		{"localhost@evil.example", [2]string{}, [3]string{host, host, host}},
		{"evil.example", [2]string{}, [3]string{host, host, host}},
		{"evil.example", [2]string{"Origin", "http://evil.example"}, [3]string{host, host, host}},
		{"localhost:8000", [2]string{"Origin", "http://localhost:8000"}, [3]string{ok, ok, origin}},
		{"localhost:8000", [2]string{"Origin", "https://localhost:8000"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Origin", "http://localhost:3000"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Origin", "https://chat.example"}, [3]string{ok, origin, origin}},
		{"localhost:8000", [2]string{"Origin", "https://chat.example.evil.example"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Origin", "http://evil.example"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Origin", "null"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Origin", ""}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Sec-Fetch-Site", "cross-site"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Sec-Fetch-Site", "same-site"}, [3]string{origin, origin, origin}},
		{"localhost:8000", [2]string{"Sec-Fetch-Site", "same-origin"}, [3]string{ok, ok, ok}},
		{"localhost:8000", [2]string{"Sec-Fetch-Site", "none"}, [3]string{ok, ok, ok}},
	} {
		for i, g := range guards {
			blamed := ok
			g.opts.WriteRefusal = func(w http.ResponseWriter, r *http.Request, refusal Refusal) {
				blamed = refusal.Header
				writeRefusal(w, r, refusal)
			}
			status, _, head := reached(g, func(r *http.Request) {
				r.Host = tt.host
				if name := tt.headers[0]; name != "" {
					r.Header.Set(name, tt.headers[1])
				}
			})
			shared := head.Get("Access-Control-Allow-Origin")
			if blamed != tt.want[i] || (status == 200) != (blamed == ok) || status != 200 && status != 403 || shared != "" && (shared != "https://chat.example" || shared != tt.headers[1]) {
				t.Errorf("guard %d, host %q, %q: %d because of %q, shared with %q; want %q", i, tt.host, tt.headers, status, blamed, shared, tt.want[i])
			}
		}
	}
}

// A page in one of several Origin headers is refused too.
func TestTwoOrigins(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Origins: []string{"https://chat.example"}, Who: Everyone{}})
	for _, origins := range [][]string{{"https://chat.example", "http://evil.example"}, {"", "http://evil.example"}} {
		if status, _, _ := reached(g, func(r *http.Request) { r.Header["Origin"] = origins }); status != 403 {
			t.Errorf("%q: %d", origins, status)
		}
	}
}

// Only a page can ask what it may send, and a service without pages has none.
func TestPreflightNeedsAPage(t *testing.T) {
	t.Parallel()
	ask := func(opts Options, origin ...string) int {
		opts.Hosts, opts.Who = []string{"localhost"}, NewTokens("first-token-1234")
		status, _, _ := reached(New(opts), func(r *http.Request) {
			r.Method = "OPTIONS"
			r.Header["Origin"] = origin
			r.Header.Set("Access-Control-Request-Method", "POST")
		})
		return status
	}
	const own = "http://localhost:8000"
	if with, without, none := ask(Options{}, own), ask(Options{}), ask(Options{NoPages: true}, own); with != 204 || without != 401 || none != 403 {
		t.Errorf("with an origin %d, without one %d, without pages %d", with, without, none)
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
