package filelinks

import (
	"archive/zip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/sessionpath"
)

const base = "https://sessions.example"

var urls = regexp.MustCompile(`https://\S+`)

// service makes links over a pool with one session.
func service(t *testing.T, pool sessions.Pool, key string, life time.Duration) *Links {
	t.Helper()
	l, err := New(Options{Pool: pool, Dir: sessionpath.New(""), Key: []byte(key), URL: base, Life: life, Principal: func(context.Context) string { return "ada" }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t *testing.T, pool sessions.Pool, id sessions.ID, name, text string) {
	t.Helper()
	if _, err := pool.Upload(t.Context(), id, name, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

// linksIn are the paths of the links of an answer.
func linksIn(lines []string) (paths []string) {
	for _, url := range urls.FindAllString(strings.Join(lines, "\n"), -1) {
		paths = append(paths, strings.TrimPrefix(url, base))
	}
	return paths
}

func get(l *Links, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	pool, id := &sessionstest.Fake{}, sessions.NewID()
	l := service(t, pool, "a key that two have", time.Hour)
	if lines := l.Deliver(t.Context(), id, nil); lines == nil || len(lines) != 0 {
		t.Errorf("of nothing: %q", lines)
	}
	write(t, pool, id, "private.csv", "x")
	write(t, pool, id, "out/.env", "x")
	write(t, pool, id, "out/a/Größe 1%.csv", "a,b\n")
	lines := l.Deliver(t.Context(), id, nil)
	links := linksIn(lines)
	if len(links) != 1 || !strings.Contains(lines[0], "valid for 60 minutes") || len(links[0]) > 200 {
		t.Fatalf("%q", lines)
	}
	if again := l.Deliver(t.Context(), id, nil); len(again) != 0 {
		t.Errorf("again: %q", again)
	}
	r := get(l, "GET", links[0])
	if text := bodyOf(t, r); r.StatusCode != 200 || text != "a,b\n" {
		t.Errorf("%d %q", r.StatusCode, text)
	}
	for name, want := range map[string]string{
		"Content-Disposition": `attachment; filename="Gr__e 1_.csv"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%25.csv`, "Content-Type": "application/octet-stream",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r := get(l, "HEAD", links[0]); r.StatusCode != 200 || r.Header.Get("Content-Length") != "4" || bodyOf(t, r) != "" {
		t.Errorf("HEAD: %v", r)
	}
	if r := get(service(t, pool, "a key that two have", time.Hour), "GET", links[0]); r.StatusCode != 200 {
		t.Errorf("another replica: %d", r.StatusCode)
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	pool, id, other := &sessionstest.Fake{}, sessions.NewID(), sessions.ID("named-by-others")
	write(t, pool, id, "out/a.csv", "a")
	write(t, pool, id, "out/b.csv", "b")
	write(t, pool, other, "out/a.csv", "of another")
	l := service(t, pool, "a key", time.Hour)
	links := linksIn(l.Deliver(t.Context(), id, nil))
	theirs := linksIn(l.Deliver(t.Context(), other, nil))
	if len(links) != 2 || len(theirs) != 1 {
		t.Fatalf("%q, %q", links, theirs)
	}
	if text := bodyOf(t, get(l, "GET", theirs[0])); text != "of another" {
		t.Errorf("of another session: %q", text)
	}
	refused := func(what string, l *Links, status int, method, path string) {
		t.Helper()
		r := get(l, method, path)
		text := bodyOf(t, r)
		if r.StatusCode != status || strings.Contains(text, string(id)) || strings.Contains(text, "a.csv") || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q", what, r.StatusCode, text)
		}
	}
	seal, _, _ := strings.Cut(strings.TrimPrefix(links[0], Path), "/")
	refused("another file", l, 403, "GET", Path+seal+"/b.csv")
	refused("no file", l, 403, "GET", Path+seal)
	refused("a path out of the folder", l, 403, "GET", Path+seal+"/../a.csv")
	refused("cut", l, 403, "GET", Path+seal[:20]+"/a.csv")
	changed := "A"
	if seal[0] == 'A' {
		changed = "B"
	}
	refused("changed", l, 403, "GET", Path+changed+seal[1:]+"/a.csv")
	refused("nothing", l, 403, "GET", Path)
	refused("long", l, 403, "GET", Path+strings.Repeat("A", 10_000)+"/a.csv")
	refused("another key", service(t, pool, "another", time.Hour), 403, "GET", links[0])
	refused("a change", l, 405, "DELETE", links[0])
	expired := service(t, pool, "a key", -time.Minute)
	refused("expired", l, 410, "GET", linksIn(expired.Deliver(t.Context(), id, nil))[0])
	if err := pool.Delete(t.Context(), id, "out/a.csv"); err != nil {
		t.Fatal(err)
	}
	refused("deleted", l, 404, "GET", links[0])
	if err := pool.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	refused("ended", l, 404, "GET", links[1])
	if _, err := pool.Describe(t.Context(), id); err == nil {
		t.Error("a link has made a session")
	}
}

// seekable is a pool whose files can be read in parts.
type seekable struct{ *sessionstest.Fake }

func (p seekable) Download(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	f, body, err := p.Fake.Download(ctx, id, name)
	if err != nil {
		return f, body, err
	}
	data, err := io.ReadAll(body)
	return f, struct {
		io.ReadSeeker
		io.Closer
	}{strings.NewReader(string(data)), body}, err
}

func TestRanges(t *testing.T) {
	t.Parallel()
	pool, id := seekable{&sessionstest.Fake{}}, sessions.NewID()
	write(t, pool, id, "out/page.html", "<script>0123</script>")
	l := service(t, pool, "a key", time.Hour)
	r := get(l, "GET", linksIn(l.Deliver(t.Context(), id, nil))[0], "Range", "bytes=8-11")
	if text := bodyOf(t, r); r.StatusCode != 206 || text != "0123" || r.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%d %q %q", r.StatusCode, text, r.Header)
	}
}

// TestManyFiles has one link to an archive, of what its session has for the user when
// the link is followed.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	pool, id := &sessionstest.Fake{}, sessions.NewID()
	for _, name := range strings.Fields("a.csv b.csv c.csv d.csv sub/e.csv f.csv run.sh") {
		write(t, pool, id, "out/"+name, name+strings.Repeat("0", 10_000))
	}
	write(t, pool, id, "out/.env", "secret")
	write(t, pool, id, "private.csv", "x")
	l := service(t, pool, "a key", time.Hour)
	lines := l.Deliver(t.Context(), id, nil)
	links := linksIn(lines)
	if len(links) != 1 || !strings.HasSuffix(links[0], "/results.zip") || !strings.Contains(lines[0], "all files in /mnt/data/out, with the 7 that are new") {
		t.Fatalf("%q", lines)
	}
	write(t, pool, id, "out/later.csv", "later")
	r := get(l, "GET", links[0])
	data := bodyOf(t, r)
	if r.StatusCode != 200 || r.Header.Get("Content-Disposition") != "attachment; filename=results.zip" || len(data) > 5000 {
		t.Fatalf("%d %q, %d bytes", r.StatusCode, r.Header, len(data))
	}
	archive, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "a.csv b.csv c.csv d.csv f.csv later.csv run.sh.txt sub/e.csv" {
		t.Errorf("the archive has %s", got)
	}
	if text, err := fs.ReadFile(archive, "sub/e.csv"); err != nil || string(text) != "sub/e.csv"+strings.Repeat("0", 10_000) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if r := get(l, "HEAD", links[0]); r.StatusCode != 200 || bodyOf(t, r) != "" {
		t.Errorf("HEAD: %v", r)
	}
	seal, _, _ := strings.Cut(strings.TrimPrefix(links[0], Path), "/")
	for _, name := range []string{"a.csv", "", "results.zip/", "x/results.zip"} {
		if r := get(l, "GET", Path+seal+"/"+name); r.StatusCode != 403 {
			t.Errorf("%q with the seal of the archive: %d", name, r.StatusCode)
		}
	}
	one := linksIn(service(t, pool, "a key", time.Hour).Deliver(t.Context(), newSession(t, pool), nil))[0]
	seal, _, _ = strings.Cut(strings.TrimPrefix(one, Path), "/")
	if r := get(l, "GET", Path+seal+"/results.zip"); r.StatusCode != 403 {
		t.Errorf("the archive with the seal of a file: %d", r.StatusCode)
	}
	if err := pool.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if r := get(l, "GET", links[0]); r.StatusCode != 404 {
		t.Errorf("of a session that has ended: %d", r.StatusCode)
	}
}

// newSession returns a session that has one file for its user.
func newSession(t *testing.T, pool sessions.Pool) sessions.ID {
	t.Helper()
	id := sessions.NewID()
	write(t, pool, id, "out/one.csv", "1")
	return id
}

// FuzzLink checks that no path that was not made here leads to a file.
func FuzzLink(f *testing.F) {
	pool, id := &sessionstest.Fake{}, sessions.NewID()
	if _, err := pool.Upload(context.Background(), id, "out/a.csv", strings.NewReader("a")); err != nil {
		f.Fatal(err)
	}
	l, err := New(Options{Pool: pool, Dir: sessionpath.New(""), URL: base, Life: time.Hour})
	if err != nil {
		f.Fatal(err)
	}
	made := linksIn(l.Deliver(context.Background(), id, nil))[0]
	f.Add("")
	f.Add(made[len(Path):])
	f.Fuzz(func(t *testing.T, rest string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", Path, nil)
		r.URL.Path = Path + rest
		if l.ServeHTTP(w, r); (w.Code == 200) != (r.URL.Path == made) {
			t.Errorf("%q: %d", rest, w.Code)
		}
	})
}
