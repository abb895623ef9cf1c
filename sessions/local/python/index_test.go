//go:build linux && (amd64 || arm64)

package python

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// An index is a package index on the loopback, of packages made for a test.
type index struct {
	*httptest.Server
	wheels  map[string][]byte      // by package
	extract func(dir string) error // writes the interpreter

	mu     sync.Mutex
	served map[string]int // downloads by package
	hold   map[string]chan struct{}
	held   chan string // receives the name of a package whose download waits
	gone   chan string // receives the name of one whose client went while it waited
}

// newIndex serves a package of one module for each name.
func newIndex(t *testing.T, names ...string) *index {
	t.Helper()
	x := &index{
		wheels:  make(map[string][]byte),
		extract: func(dir string) error { return linkTree(interpreter(t), dir) },
		served:  make(map[string]int),
		hold:    make(map[string]chan struct{}),
		held:    make(chan string, 10),
		gone:    make(chan string, 10),
	}
	for _, name := range names {
		x.wheels[name] = wheel(t, name)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /simple/{name}/", x.page)
	mux.HandleFunc("GET /files/{file}", x.file)
	x.Server = httptest.NewServer(mux)
	t.Cleanup(x.Close)
	return x
}

func (x *index) page(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if x.wheels[name] == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, `<!DOCTYPE html><html><body><a href="/files/%[1]s">%[1]s</a></body></html>`, wheelFile(name))
}

func (x *index) file(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(r.PathValue("file"), "-")
	x.mu.Lock()
	x.served[name]++
	hold := x.hold[name]
	x.mu.Unlock()
	if hold != nil {
		x.held <- name
		select {
		case <-hold:
		case <-r.Context().Done():
			x.gone <- name
			return
		}
	}
	w.Header().Set("Cache-Control", "max-age=365000000, immutable, public")
	w.Header().Set("Content-Length", fmt.Sprint(len(x.wheels[name])))
	w.Write(x.wheels[name])
}

// holdBack makes downloads of a package wait until the returned function is called.
func (x *index) holdBack(name string) (release func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	gate := make(chan struct{})
	x.hold[name] = gate
	return sync.OnceFunc(func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.hold, name)
		close(gate)
	})
}

func (x *index) downloads(name string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.served[name]
}

// recipe locks the index's packages, in this order.
func (x *index) recipe(names ...string) recipe {
	var list strings.Builder
	for _, name := range names {
		sum := sha256.Sum256(x.wheels[name])
		fmt.Fprintf(&list, "%s==1.0 \\\n    --hash=sha256:%s\n", name, hex.EncodeToString(sum[:]))
	}
	return recipe{
		requirements: []byte(list.String()),
		imports:      names,
		environ:      indexEnvironment(x.URL),
		extract:      x.extract,
	}
}

// indexEnvironment makes pip use the index at an address, and no settings of
// this machine. pip caches only what comes from a host that it trusts.
func indexEnvironment(address string) []string {
	return []string{"PATH=/usr/bin:/bin", "PIP_CONFIG_FILE=/dev/null", "PIP_INDEX_URL=" + address + "/simple", "PIP_RETRIES=1", "PIP_TRUSTED_HOST=127.0.0.1"}
}

func wheelFile(name string) string { return name + "-1.0-py3-none-any.whl" }

// wheel makes a wheel with a module, a program and tests.
func wheel(t *testing.T, name string) []byte {
	t.Helper()
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	info := name + "-1.0.dist-info/"
	for _, f := range [][2]string{
		{name + "/__init__.py", "def where():\n    raise ValueError(__file__)\n"},
		{name + "/native.so", strings.Repeat("x", 10_000)},
		{name + "/tests/__init__.py", "this does not compile\n"},
		{info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n"},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{info + "entry_points.txt", "[console_scripts]\n" + name + " = " + name + ":where\n"},
		{info + "RECORD", ""},
	} {
		w, err := z.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
