package egress

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A testIndex is an index on loopback with one file, whose listed hash is that of "a
// wheel".
type testIndex struct {
	*httptest.Server
	file  string
	asked atomic.Int64
}

func newTestIndex(t *testing.T, html bool) *testIndex {
	x := &testIndex{file: "a wheel"}
	sum := sha256.Sum256([]byte(x.file))
	x.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.asked.Add(1)
		switch {
		case r.URL.Path == "/simple/mine/" && html:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<html><a href="../../f/mine-1.0-py3-none-any.whl#sha256=%x" data-requires-python="&gt;=3.9">x</a><a href="http://e/no-hash-1.whl">y</a>`, sum)
		case r.URL.Path == "/simple/mine/":
			w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
			_ = json.NewEncoder(w).Encode(page{Files: []pageFile{{Name: "mine-1.0-py3-none-any.whl", URL: "/f/mine-1.0-py3-none-any.whl", RequiresPython: ">=3.9", Hashes: map[string]string{"sha256": hex.EncodeToString(sum[:])}}}})
		case r.URL.Path == "/f/mine-1.0-py3-none-any.whl":
			fmt.Fprint(w, x.file)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(x.Close)
	return x
}

func (x *testIndex) bench(t *testing.T) *bench {
	b := newBench(t, nil, nil, PyPI)
	b.opts.Index = NewIndex(x.URL+"/simple", t.TempDir(), x.Client())
	return b
}

var wheelPath = fmt.Sprintf("/files/mine/%x/mine-1.0-py3-none-any.whl", sha256.Sum256([]byte("a wheel")))

// TestIndex reads a page and a file, twice, and once more when the index is down.
func TestIndex(t *testing.T) {
	t.Parallel()
	for _, html := range []bool{false, true} {
		x := newTestIndex(t, html)
		b := x.bench(t)
		for round := range 3 {
			p := b.say(t, "GET /simple/mine/ HTTP/1.1\r\nHost: x\r\n\r\n")
			if !strings.Contains(p, `"url":"`+wheelPath+`"`) || !strings.Contains(p, `3.9`) || strings.Contains(p, x.URL) || strings.Contains(p, "no-hash") {
				t.Errorf("page: %s", p)
			}
			if f := b.say(t, "GET "+wheelPath+" HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(f, "\r\n\r\na wheel") {
				t.Errorf("file: %q", f)
			}
			if n := x.asked.Load(); n != 2 {
				t.Errorf("the index was asked %d times", n)
			}
			if round == 1 {
				x.Close()
				old := time.Now().Add(-2 * pageAge)
				if err := os.Chtimes(filepath.Join(b.opts.Index.pages(), "mine.json"), old, old); err != nil {
					t.Fatal(err)
				}
			}
		}
		if answer := b.say(t, "GET /simple/other/ HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(answer, " 502 the package index 127.0.0.1:") || !strings.Contains(answer, "cannot be reached") {
			t.Errorf("an index that is down: %q", answer)
		}
	}
}

// TestIndexesApart asserts that the pages of one index are not shown for another.
func TestIndexesApart(t *testing.T) {
	t.Parallel()
	x, y := newTestIndex(t, false), newTestIndex(t, false)
	b := x.bench(t)
	const get = "GET /simple/mine/ HTTP/1.1\r\nHost: x\r\n\r\n"
	b.say(t, get)
	b.opts.Index = NewIndex(y.URL+"/simple", b.opts.Index.dir, y.Client())
	if b.say(t, get); y.asked.Load() != 1 {
		t.Errorf("the second index was asked %d times", y.asked.Load())
	}
}

// TestPrune keeps what was used last.
func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(-time.Duration(i) * time.Hour)
		if err := os.Chtimes(path, used, used); err != nil {
			t.Fatal(err)
		}
	}
	prune(dir, 250)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != "0" || left[1].Name() != "1" {
		t.Errorf("%v, %v", left, err)
	}
}

// TestIndexRefuses asserts what cannot be asked of the index, and that a file with another
// hash is not kept.
func TestIndexRefuses(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, false)
	b := x.bench(t)
	sum := strings.Repeat("0", 64)
	for request, want := range map[string]string{
		"POST /simple/mine/": " 405 ", "PUT /legacy/": " 405 ", "DELETE /simple/mine/": " 405 ", "GET /simple/": " 404 ", "GET /simple/../f/": " 404 ",
		"GET /simple/mine/../other/": " 404 ", "GET /simple/Mine/": " 404 ", "GET /simple/nosuch/": " 404 ", "GET /pypi/mine/json": " 404 ", "GET /": " 404 ",
		"GET /files/mine/" + sum + "/mine-1.0-py3-none-any.whl": " 404 ", "GET /files/mine/" + sum + "/..": " 404 ", "GET /files/..%2f/" + sum + "/x.whl": " 404 ",
		"GET http://127.0.0.1/simple/mine/": " 403 ", "CONNECT pypi.org:443": "--egress pypi.org",
	} {
		if answer := b.say(t, request+" HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(answer, want) {
			t.Errorf("%s: %.200q", request, answer)
		}
	}
	if n := x.asked.Load(); n > 2 {
		t.Errorf("the index was asked %d times", n)
	}
	x.file = "a worm!"
	b.say(t, "GET "+wheelPath+" HTTP/1.1\r\nHost: x\r\n\r\n")
	if kept, err := os.ReadDir(filepath.Join(b.opts.Index.dir, "files")); err != nil || len(kept) != 0 {
		t.Errorf("%v, %v", kept, err)
	}
}
