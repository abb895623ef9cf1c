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
	for args, want := range map[string]Error{
		"--transport=websocket":                                 {"transport", "websocket", "stdio or http or sse"},
		"--transport=http --listen=0.0.0.0:1 --no-auth":         {"no-auth", "true", "everyone"},
		"--transport=http --listen=8000":                        {"listen", "8000", "an address and a port"},
		"--transport=http --allow-origin=*":                     {"allow-origin", "*", "* is not possible"},
		"--transport=http --allow-origin=https://a/":            {"allow-origin", "https://a/", "a scheme, a host"},
		"--transport=http --allow-origin=null":                  {"allow-origin", "null", "a scheme, a host"},
		"--transport=http --session-name=work":                  {"session-name", "work", "standard input"},
		"--transport=sse --listen=:1 --allow-dir=/data":         {"allow-dir", "/data", "other machines"},
		"--transport=http --session-key-file=key":               {"session-key-file", "key", "absolute path"},
		"--transport=http --max-conversations=0":                {"max-conversations", "0", "between"},
		"--transport=http --conversation-idle=1ms":              {"conversation-idle", "1ms", "between"},
		"--transport=http --tls-cert=/x":                        {"tls-key", "", "private key"},
		"--transport=http --no-auth --auth-token-file=/a/token": {"no-auth", "true", "leave out one"},
	} {
		_, err := Parse(strings.Fields(args), nil)
		var got *Error
		if !errors.As(err, &got) || got.Field != want.Field || got.Value != want.Value || !strings.Contains(got.Reason, want.Reason) {
			t.Errorf("%s: got %v", args, err)
		}
	}
	for _, entry := range []string{"DYNAMIC_SESSIONS_AUTH_TOKEN=short", "DYNAMIC_SESSIONS_SESSION_KEY=two words of enough characters"} {
		name, value, _ := strings.Cut(entry, "=")
		if _, err := Parse(nil, []string{entry}); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v", entry, err)
		}
	}
}
