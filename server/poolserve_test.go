package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// served is a pool command that runs.
type served struct {
	Endpoint  string
	TokenFile string
	CAFile    string
	CABundle  string

	said *errorText // standard error
	stop context.CancelFunc
	done chan error
}

// An errorText keeps what concurrent writers say.
type errorText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *errorText) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *errorText) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// servePoolOf starts the command over a pool in memory. It is stopped when the
// test ends.
func servePoolOf(t *testing.T, fake *sessionstest.Fake, args ...string) *served {
	t.Helper()
	return servePoolAmong(t, fake, "", args...)
}

// servePoolAmong is servePoolOf where the system's authorities are in certFile.
func servePoolAmong(t *testing.T, fake *sessionstest.Fake, certFile string, args ...string) *served {
	t.Helper()
	outR, outW := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{said: &errorText{}, stop: cancel, done: make(chan error, 1)}
	inspected := fake.Script
	fake.Script = func(ctx context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		if strings.Contains(r.Code, "importlib.metadata") {
			return &sessions.Execution{Stdout: `{"python":"3.14.6","ipython":"9","packages":[{"name":"numpy","version":"2"}]}`}, nil
		}
		return inspected(ctx, id, r)
	}
	args = append([]string{"pool", "--listen=127.0.0.1:0", "--cache-dir=" + t.TempDir()}, args...)
	p := newProgram(t, &fakePool{Fake: fake}, Streams{Out: outW, Err: s.said}, args...)
	p.cfg.CertFile = certFile
	go func() {
		s.done <- p.servePool(ctx)
		outW.Close()
	}()
	line, err := bufio.NewReader(outR).ReadBytes('\n')
	if err != nil {
		t.Fatalf("nothing on standard output: %v, %v", err, <-s.done)
	}
	if err := json.Unmarshal(line, s); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("the command ended with %v", err)
		}
	})
	return s
}

const poolQuery = "?api-version=2024-10-02-preview&identifier=test-session"

func TestPoolWithARandomToken(t *testing.T) {
	t.Parallel()
	s := servePoolOf(t, &sessionstest.Fake{})
	text := s.said.String()
	_, token, ok := strings.Cut(text, "token ")
	token, _, _ = strings.Cut(token, " ")
	if !ok || len(token) < 26 || !strings.Contains(text, s.Endpoint) || s.TokenFile != "" || s.CAFile != "" {
		t.Fatalf("it said %q and %+v", text, s)
	}
	for header, status := range map[string]int{"Bearer " + token: 200, "Bearer x": 401, "": 401} {
		if got := fetch(t, http.DefaultClient, s.Endpoint+"/files"+poolQuery, header, status); got == "" {
			t.Errorf("%q: no body", header)
		}
	}
	if about := fetch(t, http.DefaultClient, s.Endpoint+"/metadata", "Bearer "+token, 200); !strings.Contains(about, `"name":"numpy","version":"2"}`) {
		t.Errorf("the metadata is %s", about)
	}
}

func fetch(t *testing.T, client *http.Client, url, authorization string, status int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Errorf("%s: got %d %s, %v", url, response.StatusCode, body, err)
	}
	return string(body)
}

func TestPoolWithATokenFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	s := servePoolOf(t, &sessionstest.Fake{}, "--auth-token-file="+path)
	token, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if text := s.said.String(); s.TokenFile != path || strings.Contains(text, strings.TrimSpace(string(token))) {
		t.Errorf("it said %q and %+v", text, s)
	}
	fetch(t, http.DefaultClient, s.Endpoint+"/files"+poolQuery, "Bearer "+strings.TrimSpace(string(token)), 200)
	again := servePoolOf(t, &sessionstest.Fake{}, "--auth-token-file="+path)
	fetch(t, http.DefaultClient, again.Endpoint+"/files"+poolQuery, "Bearer "+strings.TrimSpace(string(token)), 200)
	for _, content := range []string{"", "short\n", "two words of enough characters\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := guard.ReadSecret(path, "--auth-token-file"); err == nil || !strings.Contains(err.Error(), "--auth-token-file") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestPoolOverTLS(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	args := []string{"--no-auth", "--tls-self-signed", "--allow-host=sessions.example", "--cache-dir=" + cache}
	s := servePoolOf(t, &sessionstest.Fake{}, args...)
	authority, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		t.Fatalf("no certificate in %s", s.CAFile)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(client.CloseIdleConnections)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.Endpoint, "https://"))
	for _, host := range []string{"127.0.0.1", "localhost"} {
		fetch(t, client, fmt.Sprintf("https://%s:%s/files%s", host, port, poolQuery), "", 200)
	}
	if info, err := os.Stat(filepath.Join(filepath.Dir(s.CAFile), "server.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file is %v, %v", info, err)
	}
	if again := servePoolOf(t, &sessionstest.Fake{}, args...); again.CAFile != s.CAFile {
		t.Errorf("the authority is now %s", again.CAFile)
	}
	if same, err := os.ReadFile(s.CAFile); err != nil || string(same) != string(authority) {
		t.Errorf("the authority has changed: %v", err)
	}
	other := servePoolOf(t, &sessionstest.Fake{}, append(args, "--allow-host=other.example")...)
	if another, err := os.ReadFile(other.CAFile); err != nil || string(another) == string(authority) {
		t.Errorf("another name has the same authority: %v", err)
	}
	if same, err := os.ReadFile(s.CAFile); err != nil || string(same) != string(authority) {
		t.Errorf("another name has changed the authority of the first: %v", err)
	}
	for _, said := range []string{s.CAFile, "SSL_CERT_FILE=" + s.CABundle, "REQUESTS_CA_BUNDLE=" + s.CABundle} {
		if !strings.Contains(s.said.String(), said) {
			t.Errorf("it does not say %s: %s", said, s.said)
		}
	}
}

func TestPoolIsNotForWebPages(t *testing.T) {
	t.Parallel()
	s := servePoolOf(t, &sessionstest.Fake{}, "--no-auth", "--allow-host=sessions.example")
	for host, status := range map[string]int{"evil.example": 403, "sessions.example": 200, "localhost:1": 200} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.Endpoint+"/files"+poolQuery, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%s: got %d", host, response.StatusCode)
		}
	}
}

// A run that heeds nothing but its context must not hold the end back.
func TestPoolEndsWhileCodeRuns(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	s := servePoolOf(t, &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, _ sessions.Request) (*sessions.Execution, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	}}, "--no-auth")
	go func() {
		<-started
		s.stop()
	}()
	response, err := http.Post(s.Endpoint+"/executions"+poolQuery, "application/json", strings.NewReader(`{"code":"while True: pass"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 503 || !strings.Contains(string(body), "ServiceClosing") {
		t.Errorf("got %d %s, %v", response.StatusCode, body, err)
	}
}

func TestPoolSaysWhyItCannotStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	pool := &fakePool{Fake: &sessionstest.Fake{}, prepare: sessions.ErrUnavailable}
	for _, tt := range []struct{ arg, want string }{
		{"--listen=" + taken.Addr().String(), "--listen"},
		{"--listen=127.0.0.1:0", sessions.ErrUnavailable.Error()},
		{"--auth-token-file=/no/such/folder/token", "--auth-token-file"},
	} {
		var out strings.Builder
		err := newProgram(t, pool, Streams{Out: &out}, "pool", tt.arg).servePool(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
			t.Errorf("%s: got %v, and %q on standard output", tt.arg, err, out.String())
		}
	}
}
