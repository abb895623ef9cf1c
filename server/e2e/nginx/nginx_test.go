//go:build clients

package server_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// publicName is what clients call the replicas by.
const publicName = "python.example.com"

// replicas are two servers behind nginx, which share a key and a pool.
type replicas struct {
	url     string // of nginx
	token   string
	servers [2]*replica
}

// A replica is the real program, serving MCP over HTTP.
type replica struct {
	address string // where it listens
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
}

// startReplicas starts a pool, two servers and nginx. Change is made to the
// configuration that is documented.
func startReplicas(t *testing.T, change func(conf string) string, flags ...string) *replicas {
	t.Helper()
	program := buildProgram(t)
	pool := startPool(t, program)
	dir := t.TempDir()
	poolToken := filepath.Join(dir, "pool-token")
	if err := os.WriteFile(poolToken, []byte(pool.token), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{
		"serve", "--transport=http", "--allow-host=" + publicName,
		"--session-key-file=" + filepath.Join(dir, "key"),
		"--pool-endpoint=" + pool.Endpoint, "--pool-token-file=" + poolToken}, flags...)
	if len(flags) == 0 {
		args = append(args, "--auth-token-file="+filepath.Join(dir, "token"))
	}
	r := &replicas{}
	for i := range r.servers {
		r.servers[i] = startReplica(t, program, args...)
	}
	if token, err := os.ReadFile(filepath.Join(dir, "token")); err == nil {
		r.token = string(bytes.TrimSpace(token))
	}
	r.url = startNginx(t, change, r.servers[0].address, r.servers[1].address)
	return r
}

var serving = regexp.MustCompile(`serving MCP at `)

func startReplica(t *testing.T, program string, args ...string) *replica {
	t.Helper()
	s := &replica{address: freeAddress(t), done: make(chan struct{})}
	s.cmd = exec.Command(program, append(args, "--listen="+s.address)...)
	said := &announcement{pattern: serving, found: make(chan struct{}, 1)}
	s.cmd.Stderr = said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended error
	go func() {
		ended = s.cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(func() {
		select {
		case <-s.done: // it was killed
			return
		default:
		}
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		killed := time.AfterFunc(time.Minute, func() { _ = s.cmd.Process.Kill() })
		defer killed.Stop()
		if <-s.done; ended != nil || t.Failed() {
			t.Errorf("a server ended with %v:\n%s", ended, said.text.Bytes())
		}
	})
	select {
	case <-said.found:
	case <-s.done:
		t.Fatalf("a server did not start: %v\n%s", ended, said.text.Bytes())
	}
	return s
}

// freeAddress is one of this machine that nobody listens at. With a public URL, a
// server does not say which port it took.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// kill ends the server as a crash would.
func (s *replica) kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// An announcement is what a process writes, until it says what is looked for.
type announcement struct {
	pattern *regexp.Regexp
	found   chan struct{}
	text    bytes.Buffer // may be read when the process has ended
}

func (a *announcement) Write(p []byte) (int, error) {
	before := a.pattern.Match(a.text.Bytes())
	a.text.Write(p)
	if !before && a.pattern.Match(a.text.Bytes()) {
		a.found <- struct{}{}
	}
	return len(p), nil
}

// nginxMain is around the configuration that is documented. The header tells
// which server answered.
const nginxMain = `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
%s
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    add_header X-Upstream $upstream_addr always;
    include replicas.conf;
}
`

// startNginx starts nginx in the foreground, in a folder of its own, with the
// documented configuration, and returns its address. It listens on a socket
// that it inherits, so the port is free and connections wait until it is up.
func startNginx(t *testing.T, change func(string) string, servers ...string) string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Fatalf("%v: install the package nginx-light", err)
	}
	documented, err := os.ReadFile(filepath.Join("..", "testdata", "nginx", "replicas.conf"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	address := listener.Addr().String()
	conf := change(string(documented))
	conf = strings.NewReplacer("server 127.0.0.1:8001", "server "+servers[0], "server 127.0.0.1:8002", "server "+servers[1],
		"listen 127.0.0.1:8443", "listen "+address).Replace(conf)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // who may write to this folder
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"nginx.conf": fmt.Sprintf(nginxMain, user), "replicas.conf": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-p", dir+"/", "-c", "nginx.conf", "-e", "stderr")
	cmd.ExtraFiles = []*os.File{socket} // descriptor 3
	cmd.Env = append(os.Environ(), "NGINX=3;")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		killed := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer killed.Stop()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("nginx ended with %v:\n%s", err, said.Bytes())
		}
	})
	return "http://" + address
}

// metrics is what a server itself counts.
func (r *replicas) metrics(t *testing.T, s *replica) string {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+r.token)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(a.Body); err != nil || a.StatusCode != 200 {
		t.Fatalf("metrics: %d %v", a.StatusCode, err)
	}
	return text.String()
}
