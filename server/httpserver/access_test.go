package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// certificateFiles writes a certificate for localhost that is valid until a time.
func certificateFiles(t *testing.T, until time.Time) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-time.Hour), NotAfter: until, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
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
		"expired":          {-time.Hour, "localhost:0", "has expired on", false},
	} {
		cert, key := certificateFiles(t, time.Now().Add(tt.until))
		p := newProgram(t, newNotebook(), Streams{}, "--transport=http", "--listen="+tt.listen, "--tls-cert="+cert, "--tls-key="+key)
		var logged bytes.Buffer
		p.log = zerolog.New(&logged)
		_, err := p.access(p.cfg.Serve.HTTP())
		if (err != nil) != (tt.wrong != "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
			t.Errorf("%s: %v", name, err)
		}
		if warned := strings.Contains(logged.String(), "refuse the certificate"); warned != tt.warns {
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
		p := newProgram(t, newNotebook(), Streams{}, "--transport=http", "--auth-token-file="+file)
		var logged bytes.Buffer
		p.log = zerolog.New(&logged)
		a, err := p.access(p.cfg.Serve.HTTP())
		if err != nil || a.token != "0123456789abcdef" || strings.Contains(logged.String(), "chmod 600") != warns || strings.Contains(logged.String(), "0123") {
			t.Errorf("%o: %q, %v; it logged %s", mode, a.token, err, &logged)
		}
	}
}

// TestKeyIsForSharedPools: sessions of the embedded pool end with the server, so
// a key must not make clients believe that theirs are still there.
func TestKeyIsForSharedPools(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args  []string
		key   []byte
		share bool
		warns bool
	}{
		{nil, nil, false, false},
		{nil, []byte("k"), false, true},
		{[]string{"--pool-endpoint=http://127.0.0.1:1"}, nil, false, false},
		{[]string{"--pool-endpoint=http://127.0.0.1:1"}, []byte("k"), true, false},
	} {
		var logged bytes.Buffer
		p := newProgram(t, newNotebook(), Streams{}, append([]string{"--transport=http"}, tt.args...)...)
		p.log = zerolog.New(&logged)
		if got := p.sharesPool(tt.key); got != tt.share || strings.Contains(logged.String(), "--pool-endpoint") != tt.warns {
			t.Errorf("%v with the key %q: %t, and it logged %s", tt.args, tt.key, got, &logged)
		}
	}
}
