package oauth

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzClaims(f *testing.F) {
	f.Add(`{"exp":1,"nbf":2.5,"scp":"a b","roles":["c"]}`)
	f.Add(`{"scope":["a",1]}`)
	f.Add(`{"scp":null,"roles":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var c claims
		if json.Unmarshal([]byte(text), &c) != nil {
			return
		}
		for _, scope := range append(c.Scope, c.Scp...) {
			if !strings.Contains(text, "scope") && !strings.Contains(text, "scp") && !strings.Contains(strings.ToLower(text), "sc") && !strings.Contains(text, "\\u") {
				t.Errorf("scope %q from %q", scope, text)
			}
		}
		if c.Scp != nil && len(c.Scp) == 0 && len(c.Scope) == 0 && len(c.granted()) != 0 {
			t.Errorf("roles count beside empty scopes in %q", text)
		}
	})
}

func FuzzCompact(f *testing.F) {
	f.Add("a.b.c")
	f.Add(`{"payload":""}`)
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if compact(token) && (len(token) > maxToken || len(strings.Split(token, ".")) != 3 || strings.ContainsAny(token, "\r\n {}\"=+/\x00")) {
			t.Errorf("%q passes", token)
		}
	})
}
