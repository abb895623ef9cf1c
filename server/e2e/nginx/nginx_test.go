//go:build nginx

// Package nginx runs several servers behind nginx, as testdata/nginx documents it.
//
//	go test -tags nginx ./server/e2e/nginx
package nginx

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
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
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
	*e2etest.Process
	address string // where it listens
}

// startReplicas starts a pool, two servers and nginx. Change is made to the
// configuration that is documented.
func startReplicas(t *testing.T, change func(conf string) string, flags ...string) *replicas {
	t.Helper()
	program := e2etest.Program(t)
	pool := e2etest.StartPool(t, program)
	dir := t.TempDir()
	poolToken := filepath.Join(dir, "pool-token")
	if err := os.WriteFile(poolToken, []byte(pool.Token), 0o600); err != nil {
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

// newCaller returns a client of the replicas, by their public name.
func (r *replicas) newCaller(t *testing.T) *e2etest.Caller { return r.newCallerWith(t, r.token) }

func (r *replicas) newCallerWith(t *testing.T, token string) *e2etest.Caller {
	c := e2etest.NewCaller(t, r.url, token)
	c.Host = publicName
	return c
}

var serving = regexp.MustCompile(`serving MCP at `)

func startReplica(t *testing.T, program string, args ...string) *replica {
	t.Helper()
	s := &replica{address: e2etest.FreeAddress(t)}
	s.Process = e2etest.Start(t, program, append(args, "--listen="+s.address)...)
	s.Await(serving)
	return s
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
	documented, err := os.ReadFile(e2etest.Testdata(t, "nginx", "replicas.conf"))
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
	e2etest.StartCommand(t, cmd)
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
