//go:build linux && (amd64 || arm64)

package python

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// An office is a network as companies have it: the index is reached through a proxy
// alone, and has a certificate of the company's own authority.
type office struct {
	*index
	tls       *httptest.Server
	proxy     *httptest.Server
	authority string // a file
	tunnels   atomic.Int32
}

const proxyUser = "ada:secret"

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{index: newIndex(t, "first")}
	o.tls = httptest.NewTLSServer(o.Config.Handler)
	t.Cleanup(o.tls.Close)
	o.proxy = httptest.NewServer(http.HandlerFunc(o.tunnel))
	t.Cleanup(o.proxy.Close)
	o.authority = filepath.Join(t.TempDir(), "authority.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: o.tls.Certificate().Raw}
	if err := os.WriteFile(o.authority, pem.EncodeToMemory(block), 0o644); err != nil {
		t.Fatal(err)
	}
	return o
}

// tunnel connects whoever has the password with the index, by its name in the office.
func (o *office) tunnel(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(proxyUser))
	if r.Header.Get("Proxy-Authorization") != want {
		http.Error(w, "who are you", http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect || r.Host != "example.com:443" {
		http.Error(w, "not here", http.StatusForbidden)
		return
	}
	o.tunnels.Add(1)
	to, err := net.Dial("tcp", o.tls.Listener.Addr().String())
	if err != nil {
		http.Error(w, "gone", http.StatusBadGateway)
		return
	}
	defer to.Close()
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(to, from)
		to.Close()
	}()
	_, _ = io.Copy(from, to)
	from.Close()
	<-ended
}

// config writes a configuration file of pip.
func (o *office) config(t *testing.T, dir string, lines ...string) string {
	t.Helper()
	path := filepath.Join(dir, "pip", "pip.conf")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[global]\n"+strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSettingsOfTheNetwork installs through the proxy and the index of an office, which
// are named in each of the places in which pip and the system look.
func TestSettingsOfTheNetwork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := newBuilder(t, t.TempDir())
	b.recipe = o.recipe()
	if err := b.extract(t.Context()); err != nil {
		t.Fatal(err)
	}
	const index = "https://example.com/simple"
	proxy := strings.Replace(o.proxy.URL, "://", "://"+proxyUser+"@", 1)
	closed := httptest.NewServer(nil)
	closed.Close()
	home := t.TempDir()
	file := o.config(t, t.TempDir(), "index-url = "+index, "proxy = "+proxy, "cert = "+o.authority)
	o.config(t, filepath.Join(home, ".config"), "index-url = "+index, "proxy = "+proxy, "cert = "+o.authority)
	noConfig := "PIP_CONFIG_FILE=/dev/null"
	for _, test := range []struct {
		name    string
		environ []string
		says    []string // nil if it is installed
	}{
		{"variables of pip", []string{noConfig, "PIP_INDEX_URL=" + index, "PIP_PROXY=" + proxy, "PIP_CERT=" + o.authority}, nil},
		{"variables of the system", []string{noConfig, "PIP_INDEX_URL=" + index, "HTTPS_PROXY=" + proxy, "SSL_CERT_FILE=" + o.authority}, nil},
		{"in small letters", []string{noConfig, "PIP_INDEX_URL=" + index, "https_proxy=" + proxy, "REQUESTS_CA_BUNDLE=" + o.authority}, nil},
		{"a configuration file", []string{"PIP_CONFIG_FILE=" + file}, nil},
		{"the user's configuration file", []string{"HOME=" + home}, nil},
		{"no authority", []string{noConfig, "PIP_INDEX_URL=" + index, "PIP_PROXY=" + proxy},
			[]string{"does not trust the certificate", "PIP_CERT", "SSL_CERT_FILE"}},
		{"an authority that is not there", []string{noConfig, "PIP_INDEX_URL=" + index, "PIP_PROXY=" + proxy, "PIP_CERT=/no/such.pem"},
			[]string{"/no/such.pem", "PIP_CERT"}},
		{"no password", []string{noConfig, "PIP_INDEX_URL=" + index, "HTTPS_PROXY=" + o.proxy.URL, "PIP_CERT=" + o.authority},
			[]string{"the proxy", "407", "HTTPS_PROXY", "PIP_PROXY"}},
		{"a proxy that is not there", []string{noConfig, "PIP_INDEX_URL=" + index, "HTTPS_PROXY=" + closed.URL, "PIP_CERT=" + o.authority},
			[]string{"the proxy", "HTTPS_PROXY", "PIP_PROXY"}},
		{"an index that the proxy does not know", []string{noConfig, "PIP_INDEX_URL=https://other.example/simple", "HTTPS_PROXY=" + proxy, "PIP_CERT=" + o.authority},
			[]string{"the proxy", "403", "HTTPS_PROXY"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.recipe = o.recipe("first")
			b.recipe.environ = append([]string{"PATH=/usr/bin:/bin", "PIP_RETRIES=1"}, test.environ...)
			if err := os.RemoveAll(b.site()); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(b.downloads); err != nil {
				t.Fatal(err)
			}
			before := o.tunnels.Load()
			err := b.installPackages(t.Context())
			if test.says == nil {
				if err != nil || o.tunnels.Load() == before {
					t.Errorf("%v, after %d tunnels", err, o.tunnels.Load()-before)
				}
				return
			}
			if !errors.Is(err, errNoNetwork) {
				t.Fatalf("got %v", err)
			}
			for _, part := range append(test.says, "dynamic-sessions-mcp setup") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), proxyUser) {
				t.Errorf("it tells the password: %v", err)
			}
		})
	}
}
