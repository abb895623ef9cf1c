package egress

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const testKey = "sk-live+0123/456789?abcdef"

// testSecrets parses a list, in which PORT is a port, with a value for each name.
func testSecrets(t *testing.T, rules Rules, list ...string) []Secret {
	t.Helper()
	secrets, err := ParseSecrets(list, rules, func(name string) string { return name + testKey })
	if err != nil {
		t.Fatal(err)
	}
	return secrets
}

// TestParseSecrets refuses what is no secret, and says what to do. No error has a value.
func TestParseSecrets(t *testing.T) {
	t.Parallel()
	rules := parse(t, "api.example.com", "*.wild.example", "port.example:8443", "pypi", "plain.example:80")
	values := map[string]string{"A": testKey, "API_KEY": testKey + "\n", "SHORT": "1234567", "TWO": testKey + "\n" + testKey, "LETTERS": testKey + "ä", "LONG": strings.Repeat("a", maxSecret+1), "SPACES": "  \t"}
	for _, tt := range []struct{ list, want string }{
		{"A", "NAME@host"},
		{"A@", "NAME@host"},
		{"@api.example.com", "the name of a variable"},
		{"A B@api.example.com", "the name of a variable"},
		{"1A@api.example.com", "the name of a variable"},
		{"A=" + testKey + "@api.example.com", "never an argument"},
		{"PATH@api.example.com", "a setting of programs"},
		{"https_proxy@api.example.com", "a setting of programs"},
		{"SSL_CERT_FILE@api.example.com", "a setting of programs"},
		{"DYNAMIC_SESSIONS_AUTH_TOKEN@api.example.com", "a setting of programs"},
		{"A@other.example", "add --egress other.example"},
		{"A@api.example.com:8443", "add --egress api.example.com:8443"},
		{"A@wild.example", "add --egress wild.example"},
		{"A@port.example", "--egress opens port 8443 alone; write --secret A@port.example:8443"},
		{"A@api.example.com:80", "port 80 is that of plain HTTP"},
		{"A@plain.example", "of plain.example --egress opens port 80 alone"},
		{"A@*", "the whole internet"},
		{"A@*.wild.example", "one host"},
		{"A@https://api.example.com/", "an address of a page"},
		{"A@10.0.0.1", "addresses cannot be reached"},
		{"A@localhost", "this machine or its network"},
		{"A@b@api.example.com", "the name of a user"},
		{"A@pypi", "PIP_INDEX_URL"},
		{"A@api.example.com,A@x.wild.example", "A is there twice"},
		{"UNSET@api.example.com", "has no variable UNSET"},
		{"SPACES@api.example.com", "has no variable SPACES"},
		{"SHORT@api.example.com", "less than 8 characters"},
		{"LONG@api.example.com", "more than 8192 characters"},
		{"TWO@api.example.com", "a line end"},
		{"LETTERS@api.example.com", "a header cannot have"},
	} {
		_, err := ParseSecrets(strings.Split(tt.list, ","), rules, func(name string) string { return values[name] })
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: %v, want %q", tt.list, err, tt.want)
		}
	}
	secrets, err := ParseSecrets([]string{"API_KEY@API.example.com.", "A@x.y.wild.example"}, rules, func(name string) string { return values[name] })
	if err != nil || len(secrets) != 2 || *secrets[0].value != testKey || secrets[0].Host() != "api.example.com" || secrets[1].port != 443 {
		t.Errorf("%+v, %v", secrets, err)
	}
	if secrets, err := ParseSecrets([]string{"A@port.example:8443"}, rules, func(string) string { return testKey }); err != nil || secrets[0].Host() != "port.example:8443" {
		t.Errorf("%+v, %v", secrets, err)
	}
	// Nothing that prints a configuration shows a value.
	text, err := json.Marshal(secrets)
	if shown := fmt.Sprintf("%v %+v %#v %s", secrets, secrets, struct{ Secrets []Secret }{secrets}, text); strings.Contains(shown, testKey) || err != nil {
		t.Errorf("a value is shown: %s, %v", shown, err)
	}
}

// TestPlaceholdersOfSessions: they, and the key of the authority, are those of the
// session's key, whoever asks.
func TestPlaceholdersOfSessions(t *testing.T) {
	t.Parallel()
	rules := parse(t, "api.example.com", "other.example")
	clientOf := func(key string, list ...string) *Client {
		c, err := New(Options{Rules: rules, Secrets: testSecrets(t, rules, list...)}).Client([]byte(key), nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, again, b := clientOf("a", "KEY@api.example.com"), clientOf("a", "KEY@other.example", "MORE@api.example.com"), clientOf("b", "KEY@api.example.com")
	placeholder := a.Environment()["KEY"]
	if !strings.HasPrefix(placeholder, "placeholder-KEY-") || again.Environment()["KEY"] != placeholder || b.Environment()["KEY"] == placeholder || len(again.Environment()) != 2 {
		t.Errorf("%v, %v, %v", a.Environment(), again.Environment(), b.Environment())
	}
	if !a.vault.authority.key.Equal(again.vault.authority.key) || a.vault.authority.key.Equal(b.vault.authority.key) {
		t.Error("the authority is not the session's")
	}
	leaf, err := again.vault.authority.issue("api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(a, leaf, "api.example.com"); err != nil {
		t.Errorf("a session that was woken does not trust a connection: %v", err)
	}
	if _, err := verify(b, leaf, "api.example.com"); err == nil {
		t.Error("a session trusts the authority of another one")
	}
	if none := clientOf("a"); none.Environment() != nil || none.Authority() != "" {
		t.Error("there is something for sessions without secrets")
	}
}
