package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/sessionstest"
)

// asClient makes the test binary a Go program that calls hosts over HTTPS, each
// of which is NAME=ADDRESS: what has the name is at the address.
const asClient = "TEST_AS_HTTPS_CLIENT"

// pythonClientOfTLS calls hosts as asClient does, with the ssl module as it
// comes, and by 127.0.0.1 with requests if that is installed.
const pythonClientOfTLS = `
import http.client, socket, ssl, sys
try: import requests
except ImportError: requests = None
for host in sys.argv[1:]:
    name, address = host.split("=")
    at, port = address.rsplit(":", 1)
    connection = http.client.HTTPSConnection(name, context=ssl.create_default_context())
    connection.sock = connection._context.wrap_socket(socket.create_connection((at, int(port))), server_hostname=name)
    connection.request("GET", "/health")
    print(name, connection.getresponse().status)
    if requests: print("requests", requests.get("https://" + address + "/health").status_code)
`

// otherHost is a host that serves HTTPS, and the file with its authority, which
// stands for those of the system.
func otherHost(t *testing.T) (address, systemFile string) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	systemFile = filepath.Join(t.TempDir(), "system.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(systemFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.Listener.Addr().String(), systemFile
}

// TestProgramsThatCallSeveralHosts has two services with different names, and
// programs that are told of one file and call both and another host.
func TestProgramsThatCallSeveralHosts(t *testing.T) {
	t.Parallel()
	address, systemFile := otherHost(t)
	args := []string{"--no-auth", "--tls-self-signed", "--cache-dir=" + t.TempDir()}
	first := servePoolAmong(t, &sessionstest.Fake{}, systemFile, append(args, "--allow-host=first.example")...)
	second := servePoolAmong(t, &sessionstest.Fake{}, systemFile, append(args, "--allow-host=second.example")...)
	hosts := []string{
		"first.example=" + strings.TrimPrefix(first.Endpoint, "https://"),
		"second.example=" + strings.TrimPrefix(second.Endpoint, "https://"),
		"example.com=" + address, // which httptest's certificate is for
	}
	programs := map[string]*exec.Cmd{"Go": exec.Command(os.Args[0], hosts...)}
	if python, err := exec.LookPath("python3"); err == nil {
		programs["Python"] = exec.Command(python, append([]string{"-c", pythonClientOfTLS}, hosts...)...)
	}
	for _, bundle := range []string{first.CABundle, second.CABundle} {
		for name, program := range programs {
			cmd := exec.CommandContext(t.Context(), program.Path, program.Args[1:]...)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), asClient + "=1", "SSL_CERT_FILE=" + bundle, "REQUESTS_CA_BUNDLE=" + bundle}
			out, err := cmd.CombinedOutput()
			for _, host := range []string{"first.example", "second.example", "example.com"} {
				if err != nil || !bytes.Contains(out, []byte(host+" 200")) {
					t.Errorf("%s with %s: %v\n%s", name, bundle, err, out)
				}
			}
		}
	}
}

// callHosts calls /health of each host that an argument gives as name=address, and
// prints what came of it. The test binary is this program where asClient is set.
func callHosts(hosts []string) error {
	for _, host := range hosts {
		name, address, _ := strings.Cut(host, "=")
		client := &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}}}
		response, err := client.Get("https://" + name + "/health")
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		fmt.Println(name, response.StatusCode)
	}
	return nil
}

// The service that was started first is trusted as before when others have come
// and gone.
func TestAuthoritiesOfServicesThatStay(t *testing.T) {
	t.Parallel()
	args := []string{"--no-auth", "--tls-self-signed", "--cache-dir=" + t.TempDir()}
	stays := servePoolOf(t, &sessionstest.Fake{}, args...)
	for _, name := range []string{"a.example", "b.example"} {
		servePoolOf(t, &sessionstest.Fake{}, append(args, "--allow-host="+name)...)
	}
	authority, err := os.ReadFile(stays.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(client.CloseIdleConnections)
	fetch(t, client, stays.Endpoint+"/files"+poolQuery, "", 200)
}
