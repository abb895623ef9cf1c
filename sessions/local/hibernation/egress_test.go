package hibernation_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// wheelIndex is a package index on loopback with the package mine. It counts what it is
// asked for.
func wheelIndex(t *testing.T) (address string, asked *atomic.Int64) {
	t.Helper()
	var wheel bytes.Buffer
	z := zip.NewWriter(&wheel)
	for name, text := range map[string]string{
		"mine.py":                     "x = 1",
		"mine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n",
		"mine-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"mine-1.0.dist-info/RECORD":   "",
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	asked = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/simple/mine/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<a href="/mine-1.0-py3-none-any.whl#sha256=%x">mine</a>`, sha256.Sum256(wheel.Bytes()))
		case "/mine-1.0-py3-none-any.whl":
			_, _ = w.Write(wheel.Bytes())
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/simple", asked
}

// TestEgress installs a package from an index, after the session slept, in another session
// without asking the index again, and reaches nothing else.
func TestEgress(t *testing.T) {
	t.Parallel()
	rules, err := egress.ParseRules([]string{"pypi", "nowhere.example"})
	if err != nil {
		t.Fatal(err)
	}
	index, asked := wheelIndex(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, CacheDir: privateCache(t), Egress: rules, Index: index})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "x = 1")
	for range 2 {
		sleep(t, pool, id)
		x := localtest.Execute(t, pool, id, "%pip uninstall -q -y mine\n%pip install -q mine\nimport subprocess\nsubprocess.run(['python3', '-c', 'import mine; print(mine.x)'], capture_output=True, text=True).stdout")
		if x.Text != `'1\n'` {
			t.Fatalf("%s, %s, %s, %+v", x.Text, x.Stdout, x.Stderr, x.Error)
		}
	}
	other := sessions.NewID()
	x := localtest.Execute(t, pool, other, "%pip install mine\nimport mine\nmine.x")
	if len(x.Connections) != 1 || x.Connections[0].Count < 2 || x.Connections[0].Received < 100 || x.Connections[0].Refused != "" {
		t.Errorf("of an installation: %+v", x.Connections)
	}
	if x.Text != "1" || asked.Load() != 2 {
		t.Errorf("%s, %+v, after %d requests to the index", x.Text, x.Error, asked.Load())
	}
	for _, tt := range []struct{ code, want, refused string }{
		{"import requests, socket\nrequests.get('https://other.example/')", "--egress other.example", "other.example"},
		{"requests.get('http://nowhere.example/').text", "nowhere.example cannot be reached", "nowhere.example"},
		{"requests.get('http://169.254.169.254/latest/meta-data/').text", "addresses cannot be reached", ""},
		{"requests.get('" + index + "/mine/', timeout=9).text", "refused", ""},
		{"%pip install nosuchpackage", "%pip has failed", ""},
		{"socket.create_connection(('192.0.2.1', 80), timeout=2)", "unreachable", ""},
	} {
		x := localtest.Execute(t, pool, other, tt.code)
		said := x.Text + x.Stdout + x.Stderr
		if x.Error != nil {
			said += x.Error.Message + x.Error.Traceback
		}
		if !strings.Contains(said, tt.want) {
			t.Errorf("%s: %s", tt.code, said)
		}
		if tt.refused != "" && !slices.ContainsFunc(x.Connections, func(c sessions.Connections) bool {
			return c.Host == tt.refused && c.Count > 0 && c.Refused != "" && c.Received == 0
		}) {
			t.Errorf("%s: %+v", tt.code, x.Connections)
		}
	}
}
