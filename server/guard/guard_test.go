package guard

import (
	"net/http"
	"net/http/httptest"
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

// What is behind the guard learns who calls, and not by which token.
func TestTokensStayInFront(t *testing.T) {
	t.Parallel()
	var seen []string
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("first-token-1234"), KeyHeader: "X-Key", Open: []string{"/open"}})
	behind := g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if (Caller(r.Context()) == "") != (r.URL.Path == "/open") {
			t.Errorf("%s is called by %q", r.URL.Path, Caller(r.Context()))
		}
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), "first-token") {
				seen = append(seen, name)
			}
		}
	}))
	for _, header := range []string{"Authorization", "X-Key"} {
		for _, path := range []string{"/mcp", "/open"} {
			r := httptest.NewRequest("GET", "http://localhost"+path, nil)
			token := map[string]string{"Authorization": "Bearer first-token-1234", "X-Key": "first-token-1234"}[header]
			r.Header.Set(header, token)
			w := httptest.NewRecorder()
			behind.ServeHTTP(w, r)
			if w.Code != 200 || len(seen) > 0 {
				t.Errorf("%s, %s: status %d, and the token is in %v", header, path, w.Code, seen)
			}
			if r.Header.Get(header) != token {
				t.Error("the request of who called was changed")
			}
		}
	}
}

// An open path needs no credentials to be read, and to be written it does.
func TestOpenPaths(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("a"), Open: []string{"/open"}})
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/open", 200}, {"HEAD", "/open", 200}, {"POST", "/open", 401}, {"OPTIONS", "/open", 401},
		{"GET", "/open/", 401}, {"GET", "//open", 401}, {"GET", "/OPEN", 401}, {"GET", "/x/open", 401}, {"GET", "/", 401},
	} {
		got, _, _ := reached(g, func(r *http.Request) { r.Method, r.URL.Path = tt.method, tt.path })
		if got != tt.status {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, got, tt.status)
		}
	}
}

// A refusal has its status counted and is written as the options say.
func TestRefusals(t *testing.T) {
	t.Parallel()
	var counted []int
	var written []Refusal
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("a"), Refused: func(status int) { counted = append(counted, status) },
		WriteRefusal: func(w http.ResponseWriter, _ *http.Request, refusal Refusal) {
			written = append(written, refusal)
			w.WriteHeader(http.StatusTeapot)
		}})
	for i, want := range []Refusal{{Status: 401}, {Status: 403, Header: "Origin"}, {Status: 403, Header: "Host"}} {
		status, who, _ := reached(g, func(r *http.Request) {
			switch want.Header {
			case "Host":
				r.Host = "evil.example"
			case "Origin":
				r.Header.Set("Origin", "null")
			}
		})
		got := written[len(written)-1]
		if status != http.StatusTeapot || who != "" || len(counted) != i+1 || counted[i] != want.Status || got.Status != want.Status || got.Header != want.Header || got.Message == "" {
			t.Errorf("got %d, %+v, counted %v; want %+v", status, got, counted, want)
		}
	}
}

// TestLinksThatPermitThemselves: below some paths no credentials are needed, and links
// of other sites lead there; their scripts do not.
func TestLinksThatPermitThemselves(t *testing.T) {
	t.Parallel()
	h := New(Options{Hosts: []string{"a.example"}, Who: NewTokens("a-token-of-some-length"), OpenBelow: []string{"/files/"}}).
		Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range []struct {
		method, url string
		headers     []string
		want        int
	}{
		{"GET", "http://a.example/files/x", nil, 200},
		{"HEAD", "http://a.example/files/x", nil, 200},
		{"POST", "http://a.example/files/x", nil, 401},
		{"GET", "http://a.example/files", nil, 401},
		{"GET", "http://a.example/mcp", nil, 401},
		{"GET", "http://b.example/files/x", nil, 403},
		{"GET", "http://a.example/files/x", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		{"GET", "http://a.example/files/x", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
		{"GET", "http://a.example/files/x", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403},
		{"GET", "http://a.example/files/x", []string{"Origin", "https://b.example"}, 403},
		{"GET", "http://a.example/mcp", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},
	} {
		r := httptest.NewRequest(tt.method, tt.url, nil)
		for i := 0; i < len(tt.headers); i += 2 {
			r.Header.Set(tt.headers[i], tt.headers[i+1])
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != tt.want {
			t.Errorf("%s %s %q: %d, want %d", tt.method, tt.url, tt.headers, w.Code, tt.want)
		}
	}
}
