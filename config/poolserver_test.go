package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

func TestPoolDefaultsAreAzures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		args    []string
		environ []string
		onIdle  local.OnIdle
		timeout time.Duration
		upload  Bytes
	}{
		{"another command", []string{"serve"}, nil, local.Hibernate, 30 * time.Minute, 128e6},
		{"the command", []string{"pool"}, nil, local.Destroy, sessions.MaxAzureRun, 128 << 20},
		{"with flags", []string{"pool", "--on-idle=hibernate", "--max-run=9", "--max-upload=1MB"}, nil, local.Hibernate, 9 * time.Second, 1e6},
		{"with flags before it", []string{"--max-run=9", "pool"}, nil, local.Destroy, 9 * time.Second, 128 << 20},
		{"with variables", []string{"pool"}, []string{"DYNAMIC_SESSIONS_ON_IDLE=hibernate"}, local.Hibernate, sessions.MaxAzureRun, 128 << 20},
	} {
		c, err := Parse(tt.args, tt.environ)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if c.Pool.OnIdle != tt.onIdle || time.Duration(c.Pool.MaxRun) != tt.timeout || c.Pool.MaxUpload != tt.upload {
			t.Errorf("%s: got %+v", tt.name, c.Pool)
		}
	}
}

func TestPoolServer(t *testing.T) {
	t.Parallel()
	c, err := Parse([]string{"pool", "--listen=[::1]:0", "--allow-host=a.example", "--allow-host", "b.example", "--tls-self-signed"},
		[]string{"DYNAMIC_SESSIONS_AUTH_TOKEN_FILE=/run/token", "DYNAMIC_SESSIONS_REQUIRE_VERSION=true"})
	if err != nil {
		t.Fatal(err)
	}
	p := c.PoolServer
	if c.Command != CommandPool || p.HTTP().Host() != "::1" || !p.HTTP().Loopback() || !p.TLS() || !p.RequireVersion ||
		p.AuthTokenFile != "/run/token" || strings.Join(p.AllowHost, " ") != "a.example b.example" {
		t.Errorf("got %+v", p)
	}
	for listen, loopback := range map[string]bool{"127.0.0.1:1": true, "127.8.8.8:1": true, "localhost:1": true, "[::1]:1": true,
		":8080": false, "0.0.0.0:1": false, "[::]:1": false, "example.com:1": false, "10.0.0.1:1": false} {
		if got := (HTTP{Listen: listen}).Loopback(); got != loopback {
			t.Errorf("%s: loopback is %t", listen, got)
		}
	}
}

func TestPoolServerRefused(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]settingError{
		"--listen=8080":                                {"listen", "8080", "an address and a port"},
		"--listen=127.0.0.1:99999":                     {"listen", "127.0.0.1:99999", "between 0 and 65535"},
		"--listen=127.0.0.1:http":                      {"listen", "127.0.0.1:http", "between 0 and 65535"},
		"--listen=0.0.0.0:1 --no-auth":                 {"no-auth", "true", "everyone"},
		"--listen=:1 --no-auth":                        {"no-auth", "true", "everyone"},
		"--no-auth --auth-token-file=/x":               {"no-auth", "true", "leave out one"},
		"--tls-cert=/x":                                {"tls-key", "", "private key"},
		"--tls-key=/x":                                 {"tls-cert", "", "certificate"},
		"--tls-cert=/x --tls-key=/y --tls-self-signed": {"tls-self-signed", "true", "leave out one"},
		"--allow-host=https://a.example":               {"allow-host", "https://a.example", "without scheme"},
	} {
		_, err := Parse(append([]string{"pool"}, strings.Fields(args)...), nil)
		var got *settingError
		if !errors.As(err, &got) || got.Field != want.Field || got.Value != want.Value || !strings.Contains(got.Reason, want.Reason) {
			t.Errorf("%s: got %v", args, err)
		}
	}
}

// The authorities that programs trust are where the environment says.
func TestAuthoritiesOfTheEnvironment(t *testing.T) {
	t.Parallel()
	c, err := Parse([]string{"pool"}, []string{"SSL_CERT_FILE=/etc/company.pem", "SSL_CERT_DIR=/etc/a:/etc/b"})
	if err != nil || c.CertFile != "/etc/company.pem" || c.CertDirs != "/etc/a:/etc/b" {
		t.Errorf("%q, %q, %v", c.CertFile, c.CertDirs, err)
	}
}
