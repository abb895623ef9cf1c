package httpserver

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/httpserver/httpservertest"
)

// httpConfig is the configuration of a service, with where it listens.
func httpConfig(t *testing.T, args ...string) (config.Config, config.HTTP) {
	t.Helper()
	cfg, err := config.Parse(append([]string{"--transport=http"}, args...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, cfg.Serve.HTTP()
}

func TestCertificatesThatClientsRefuse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		until  time.Duration
		listen string
		wrong  string // in the error
		warns  bool
	}{
		"good":             {time.Hour, "localhost:0", "", false},
		"for another name": {time.Hour, "127.0.0.1:0", "", true},
		"expired":          {-time.Hour, "localhost:0", "expired on", false},
	} {
		cert, key := httpservertest.Certificate(t, time.Now().Add(tt.until))
		cfg, opts := httpConfig(t, "--listen="+tt.listen, "--tls-cert="+cert, "--tls-key="+key)
		var logged bytes.Buffer
		_, err := NewAccess(cfg, opts, zerolog.New(&logged))
		if (err != nil) != (tt.wrong != "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %v", name, err)
		}
		if warned := strings.Contains(logged.String(), "reject the certificate"); warned != tt.warns {
			t.Errorf("%s: it logged %s", name, &logged)
		}
	}
}

func TestTokenFileThatOthersRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("access is no matter of modes there")
	}
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte("0123456789abcdef\r\n"), mode); err != nil {
			t.Fatal(err)
		}
		cfg, opts := httpConfig(t, "--auth-token-file="+file)
		var logged bytes.Buffer
		a, err := NewAccess(cfg, opts, zerolog.New(&logged))
		if err != nil || a.Token != "0123456789abcdef" || strings.Contains(logged.String(), "chmod 600") != warns || strings.Contains(logged.String(), "0123") {
			t.Errorf("%o: %+v, %v; it logged %s", mode, a, err, &logged)
		}
	}
}
