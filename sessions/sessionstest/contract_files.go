package sessionstest

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// What the contract says about files.

func testFiles(t *testing.T, s *subject) {
	f := s.upload("important_data.json", `{"important_data": [1, 10, -1541]}`)
	if f.Path() != "/mnt/data/important_data.json" || f.Size != 34 {
		t.Errorf("Upload returned %+v", f)
	}
	if got := s.value("import json\nsum(json.load(open('/mnt/data/important_data.json'))['important_data'])"); got != "-1530" {
		t.Errorf("the sum is %s", got)
	}
	before := time.Now().Add(-time.Minute)
	s.upload("another.txt", "brought, not made")
	x := s.run(`with open("/mnt/data/hello.txt", "w") as f: f.write("Hello from session!")`)
	if len(x.Files) != 1 || x.Files[0].Name != "hello.txt" || x.Files[0].Size != 19 {
		t.Errorf("files of the run: %+v", x.Files)
	}
	l, err := s.List(t.Context(), s.id, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Files) != 3 || l.Files[1].Name != "hello.txt" || l.Files[2].Name != "important_data.json" {
		t.Fatalf("List: %+v", l)
	}
	if l.Files[1].Size != 19 || l.Files[1].Modified.Before(before) {
		t.Errorf("List: %+v", l.Files[1])
	}
	if got := s.download("/mnt/data/hello.txt"); got != "Hello from session!" {
		t.Errorf("downloaded %q", got)
	}
	binary := string([]byte{0, 255, 10, 13, 0xc3, 0x28})
	s.upload("bin/raw.dat", binary)
	if got := s.download("bin/raw.dat"); got != binary {
		t.Errorf("downloaded %q", got)
	}
	if err := s.Delete(t.Context(), s.id, "hello.txt"); err != nil {
		t.Error(err)
	}
	assertMissing(t, s, "hello.txt")
}

// assertMissing asserts that there is no such file.
func assertMissing(t *testing.T, s *subject, name string) {
	t.Helper()
	_, statErr := s.Stat(t.Context(), s.id, name)
	_, _, downloadErr := s.Download(t.Context(), s.id, name)
	deleteErr := s.Delete(t.Context(), s.id, name)
	for op, err := range map[string]error{"Stat": statErr, "Download": downloadErr, "Delete": deleteErr} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of a missing file: %v", op, err)
		}
	}
}

// testFilesDuringRun shows that file operations do not wait for code.
func testFilesDuringRun(t *testing.T, s *subject) {
	s.run("1")
	var all sync.WaitGroup
	all.Go(func() {
		x, err := s.Execute(t.Context(), s.id, sessions.Request{
			Code: `open("/mnt/data/up", "w").close()
import os, time
while not os.path.exists("/mnt/data/go"): time.sleep(0.01)
"went"`,
			Timeout: 30 * time.Second,
		})
		if err != nil || string(x.Result) != `"went"` {
			t.Errorf("%+v, %v", x, err)
		}
	})
	s.await("up")
	s.upload("go", "now")
	all.Wait()
}

func testReplace(t *testing.T, s *subject) {
	s.upload("a.txt", "a long first version")
	s.upload("a.txt", "short")
	if got := s.download("a.txt"); got != "short" {
		t.Errorf("downloaded %q", got)
	}
	boom := errors.New("boom")
	_, err := s.Upload(t.Context(), s.id, "a.txt", io.MultiReader(strings.NewReader("half"), failing{boom}))
	if !errors.Is(err, boom) {
		t.Errorf("a broken upload: %v", err)
	}
	if got := s.download("a.txt"); got != "short" {
		t.Errorf("after a broken upload: %q", got)
	}
	if l, err := s.List(t.Context(), s.id, "", true); err != nil || len(l.Files) != 1 {
		t.Errorf("List: %+v, %v", l, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// hostileNames are file names that every pool refuses.
func hostileNames() []string {
	return []string{
		"", ".", "..", "../x", `..\x`, "a/../../x", "/etc/passwd", "/mnt/data/../../etc/passwd",
		"/mnt/data_evil/x", "/mnt/data", "nul\x00byte", "new\nline", "tab\there", "\xff\xfe",
		strings.Repeat("n", 256), "dir/" + strings.Repeat("n", 256), strings.Repeat("a/", 600) + "x",
		"right\u202eleft",
	}
}

func testHostileNames(t *testing.T, s *subject) {
	for _, name := range hostileNames() {
		_, uploadErr := s.Upload(t.Context(), s.id, name, strings.NewReader("x"))
		_, _, downloadErr := s.Download(t.Context(), s.id, name)
		_, statErr := s.Stat(t.Context(), s.id, name)
		deleteErr := s.Delete(t.Context(), s.id, name)
		for op, err := range map[string]error{"Upload": uploadErr, "Download": downloadErr, "Stat": statErr, "Delete": deleteErr} {
			if !errors.Is(err, sessions.ErrInvalidName) {
				t.Errorf("%s(%q): %v", op, name, err)
			}
		}
	}
	// Odd, but names like any other.
	for _, name := range []string{"CON", "%2e%2e%2fx", "a b", "q?x=1", "h#h", "&identifier=other", "ünï☃", "-rf", "...", strings.Repeat("n", 255)} {
		s.upload(name, name)
		if got := s.download(name); got != name {
			t.Errorf("%q came back as %q", name, got)
		}
	}
}

// testLinks has code plant what a host that is careless would follow.
func testLinks(t *testing.T, s *subject) {
	s.run(`import os
os.symlink("/etc", "/mnt/data/etc")
os.symlink("/etc/passwd", "/mnt/data/passwd")
os.symlink("../../../../../../../etc/passwd", "/mnt/data/up")
os.symlink("/", "/mnt/data/root")
os.mkfifo("/mnt/data/pipe")
open("/mnt/data/real", "w").write("real")
os.symlink("real", "/mnt/data/inside")`)
	for _, name := range []string{"passwd", "up", "etc/passwd", "root/etc/passwd", "pipe", "etc"} {
		if _, r, err := s.Download(t.Context(), s.id, name); err == nil {
			data, _ := io.ReadAll(r)
			r.Close()
			t.Errorf("Download(%q) gave %.40q", name, data)
		}
	}
	for _, name := range []string{"etc/planted", "root/planted"} {
		if _, err := s.Upload(t.Context(), s.id, name, strings.NewReader("x")); err == nil {
			t.Errorf("Upload(%q) went through a link", name)
		}
	}
	if got := s.download("inside"); got != "real" {
		t.Errorf("a link to a file of the session gave %q", got)
	}
	l, err := s.List(t.Context(), s.id, "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range l.Files {
		if f.Name != "real" && f.Name != "inside" {
			t.Errorf("List has %q", f.Name)
		}
	}
	if l.Omitted == 0 {
		t.Error("List does not say that it left something out")
	}
}
