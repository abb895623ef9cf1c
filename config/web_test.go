package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWebSettings(t *testing.T) {
	t.Parallel()
	c, err := Parse([]string{"--transport=http", "--listen=0.0.0.0:9", "--allow-origin=https://a.example", "--allow-host=b.example", "--max-conversations=7", "--conversation-idle=10m"},
		[]string{"DYNAMIC_SESSIONS_AUTH_TOKEN= a-token-of-enough ", "DYNAMIC_SESSIONS_SESSION_KEY=a-key-of-enough-characters"})
	if err != nil {
		t.Fatal(err)
	}
	s := c.Serve
	if s.Transport != TransportHTTP || s.HTTP().Loopback() || s.MaxConversations != 7 || time.Duration(s.ConversationIdle) != 10*time.Minute ||
		c.AuthToken != "a-token-of-enough" || c.SessionKey != "a-key-of-enough-characters" || !c.SharesSessions() || len(c.Unknown) != 0 {
		t.Errorf("got %+v, unknown %v", c, c.Unknown)
	}
	for _, flag := range c.Flags {
		if strings.Contains(flag, "enough") {
			t.Errorf("a secret is in %s", flag)
		}
	}
	pool, err := Parse([]string{"pool"}, nil)
	if err != nil || pool.PoolServer.Listen != "127.0.0.1:8080" {
		t.Errorf("the pool listens at %s, %v", pool.PoolServer.Listen, err)
	}
	plain, err := Parse(nil, nil)
	if err != nil || plain.Serve.Listen != "127.0.0.1:8000" || plain.Serve.Transport != TransportStdio || plain.SharesSessions() {
		t.Errorf("by default: %+v, %v", plain.Serve, err)
	}
}

func TestWebSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]settingError{
		"--transport=websocket":                                 {"transport", "websocket", "stdio or http or sse"},
		"--transport=http --listen=0.0.0.0:1 --no-auth":         {"no-auth", "true", "everyone"},
		"--transport=http --listen=8000":                        {"listen", "8000", "an address and a port"},
		"--transport=http --allow-origin=*":                     {"allow-origin", "*", "* is not allowed"},
		"--transport=http --allow-origin=https://a/":            {"allow-origin", "https://a/", "a scheme, a host"},
		"--transport=http --allow-origin=null":                  {"allow-origin", "null", "a scheme, a host"},
		"--transport=http --session-name=work":                  {"session-name", "work", "standard input"},
		"--transport=sse --listen=:1 --allow-dir=/data":         {"allow-dir", "/data", "other machines"},
		"--transport=http --session-key-file=key":               {"session-key-file", "key", "absolute path"},
		"--transport=http --max-conversations=0":                {"max-conversations", "0", "between"},
		"--transport=http --conversation-idle=1ms":              {"conversation-idle", "1ms", "between"},
		"--transport=http --tls-cert=/x":                        {"tls-key", "", "private key"},
		"--transport=http --no-auth --auth-token-file=/a/token": {"no-auth", "true", "leave out one"},
		"--transport=http --allow-host=a.example:80":            {"allow-host", "a.example:80", "without scheme, port"},
		"--transport=http --allow-host=*":                       {"allow-host", "*", "* is not allowed"},
		"--transport=http --allow-host=*.example":               {"allow-host", "*.example", "* is not allowed"},
		"--transport=http --allow-origin=https://*.example":     {"allow-origin", "https://*.example", "* is not allowed"},
		"--transport=http --allow-origin=https://a:99999":       {"allow-origin", "https://a:99999", "a scheme, a host"},
		"--transport=http --public-url=https://a.example:99999": {"public-url", "https://a.example:99999", "a scheme, a host"},
	} {
		_, err := parseNative(strings.Fields(args), nil)
		var got *settingError
		if !errors.As(err, &got) || got.Field != want.Field || got.Value != native(want.Value) || !strings.Contains(got.Reason, want.Reason) {
			t.Errorf("%s: got %v", args, err)
		}
	}
	for _, entry := range []string{"DYNAMIC_SESSIONS_AUTH_TOKEN=short", "DYNAMIC_SESSIONS_SESSION_KEY=two words of enough characters"} {
		name, value, _ := strings.Cut(entry, "=")
		if _, err := Parse(nil, []string{entry}); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v", entry, err)
		}
	}
}

func TestWebListsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	c, err := Parse([]string{"--transport=http"}, []string{
		"DYNAMIC_SESSIONS_ALLOW_ORIGIN=https://a.example:8443, http://[::1]:3000",
		"DYNAMIC_SESSIONS_ALLOW_HOST=a.example,::1,[fe80::1],",
		"DYNAMIC_SESSIONS_OAUTH_ISSUER=https://i.example",
		"DYNAMIC_SESSIONS_OAUTH_AUDIENCE=https://a.example/mcp,api://b",
		"DYNAMIC_SESSIONS_OAUTH_SCOPE=https://a.example/mcp/run",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		got  []string
		want string
	}{
		{c.Serve.AllowOrigin, "https://a.example:8443 http://[::1]:3000"},
		{c.Serve.AllowHost, "a.example ::1 [fe80::1]"},
		{c.Serve.OAuthAudience, "https://a.example/mcp api://b"},
		{c.Serve.OAuthScope, "https://a.example/mcp/run"},
	} {
		if got := strings.Join(tt.got, " "); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestWebFlagsNeedHTTP(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--listen=127.0.0.1:1", "--no-auth", "--auth-token-file=/t", "--tls-self-signed", "--allow-host=a", "--oauth-scope=a",
		"--public-url=https://a", "--allow-origin=https://a", "--session-key-file=/k", "--max-conversations=3", "--conversation-idle=1m"} {
		name, _, _ := strings.Cut(flag, "=")
		args := []string{flag}
		if name == "--oauth-scope" {
			args = append(args, "--oauth-issuer=https://i", "--oauth-audience=a")
		}
		if name == "--session-key-file" {
			args = append(args, "--pool-endpoint="+poolURL)
		}
		if _, err := parseNative(args, nil); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), name+" has no effect") {
			t.Errorf("%s over stdio: %v", flag, err)
		}
		if _, err := parseNative(append(args, "--transport=http"), nil); err != nil {
			t.Errorf("%s over HTTP: %v", flag, err)
		}
	}
	if _, err := Parse(nil, []string{"DYNAMIC_SESSIONS_LISTEN=127.0.0.1:9", "DYNAMIC_SESSIONS_SESSION_KEY=0123456789abcdef"}); err != nil {
		t.Errorf("variables over stdio, which may be for another command: %v", err)
	}
	if _, err := Parse([]string{"pool", "--listen=127.0.0.1:9", "--no-auth"}, nil); err != nil {
		t.Errorf("the same flags of the pool: %v", err)
	}
}

func TestSecretsThatAreGivenTwice(t *testing.T) {
	t.Parallel()
	token, key := "DYNAMIC_SESSIONS_AUTH_TOKEN=0123456789abcdef", "DYNAMIC_SESSIONS_SESSION_KEY=0123456789abcdef"
	for _, tt := range []struct{ args, field string }{
		{"--transport=http --no-auth", "no-auth"},
		{"--transport=http --auth-token-file=/t", "auth-token-file"},
		{"--transport=sse --session-key-file=/k", "session-key-file"},
		{"pool --no-auth", "no-auth"},
		{"pool --auth-token-file=/t", "auth-token-file"},
	} {
		_, err := parseNative(strings.Fields(tt.args), []string{token, key})
		var got *settingError
		if !errors.As(err, &got) || got.Field != tt.field || !strings.Contains(got.Reason, "leave out one") || strings.Contains(err.Error(), "0123456789abcdef") {
			t.Errorf("%s: got %v", tt.args, err)
		}
	}
	if _, err := parseNative(nil, []string{token, key, "DYNAMIC_SESSIONS_NO_AUTH=true", "DYNAMIC_SESSIONS_SESSION_KEY_FILE=/k"}); err != nil {
		t.Errorf("over stdio: %v", err)
	}
}
