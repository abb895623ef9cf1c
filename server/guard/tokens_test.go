package guard

import (
	"net/http"
	"strings"
	"testing"
)

// Two credentials are none, whatever their order, also if both are right.
func TestTwoCredentialsAreNone(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("first-token-1234", "second-token-123")})
	const first, second = "Bearer first-token-1234", "Bearer second-token-123"
	for _, headers := range [][]string{{first, first}, {first, second}, {first, ""}, {"", first}, {first, "Bearer x"}, {first, "Basic x"}, {"Basic x", first}} {
		if status, who, _ := reached(g, func(r *http.Request) { r.Header["Authorization"] = headers }); status != 401 || who != "" {
			t.Errorf("%q: %d, %q", headers, status, who)
		}
	}
}

// A key is a token in a header of its own, and counts before Authorization.
func TestKeys(t *testing.T) {
	t.Parallel()
	const key = "X-Ms-Apikey"
	opts := Options{Hosts: []string{"localhost"}, Who: NewTokens("secret", "other")}
	without := New(opts)
	opts.KeyHeader = key
	with := New(opts)
	for _, tt := range []struct {
		keys, authorization []string
		want, without       int // the status, and that of a guard without such a header
	}{
		{nil, nil, 401, 401},
		{nil, []string{"Bearer secret"}, 200, 200},
		{nil, []string{"secret"}, 401, 401},
		{nil, []string{"Bearer secret", "Bearer secret"}, 401, 401},
		{[]string{"secret"}, nil, 200, 401},
		{[]string{" secret "}, nil, 200, 401},
		{[]string{"wrong"}, nil, 401, 401},
		{[]string{""}, nil, 401, 401},
		{[]string{"Bearer secret"}, nil, 401, 401},
		{[]string{"secret"}, []string{"Bearer of-another"}, 200, 401},
		{[]string{"secret"}, []string{"Basic x"}, 200, 401},
		{[]string{"secret"}, []string{"Bearer secret", "Bearer secret"}, 401, 401},
		{[]string{"wrong"}, []string{"Bearer secret"}, 401, 200},
		{[]string{""}, []string{"Bearer secret"}, 401, 200},
		{[]string{"secret", "other"}, nil, 401, 401},
		{[]string{"secret", "secret"}, []string{"Bearer secret"}, 401, 200},
	} {
		set := func(r *http.Request) { r.Header[key], r.Header["Authorization"] = tt.keys, tt.authorization }
		for g, want := range map[*Guard]int{with: tt.want, without: tt.without} {
			status, who, head := reached(g, set)
			if status != want || (status == 200) != (who != "") || (status == 401) != strings.HasPrefix(head.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("keys %q, Authorization %q, of %q: %d, %q, %v; want %d", tt.keys, tt.authorization, g.opts.KeyHeader, status, who, head, want)
			}
		}
	}
}

func TestTokensArePrincipals(t *testing.T) {
	t.Parallel()
	g := New(Options{Hosts: []string{"localhost"}, Who: NewTokens("first-token-1234", "second-token-123")})
	seen := map[Principal]bool{}
	for header, status := range map[string]int{
		"Bearer first-token-1234": 200, "bearer  second-token-123 ": 200, "Bearer third": 401, "Bearer": 401, "Bearer ": 401,
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
}
