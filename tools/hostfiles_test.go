package tools

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestFileURLs(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a b.csv"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := converse(t, Options{AllowDirs: []string{dir}}, "test")
	url := "file://" + filepath.ToSlash(dir)
	toolstest.ExpectText(t, c.call("upload_file", `{"local_path":`+quote(t, url+"/a%20b.csv")+`}`), "/mnt/data/a b.csv, 1 byte")
	toolstest.ExpectText(t, c.call("download_file", `{"filename":"a b.csv","save_to":`+quote(t, url+"/c%20d.csv")+`}`), filepath.Join(dir, "c d.csv"))
	toolstest.ExpectError(t, c.call("upload_file", `{"local_path":"file://server/share/x"}`), "another computer, server")
}

func TestSaveToRefusesNamesThatDeceive(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pool := &sessionstest.Fake{}
	put(t, pool, "a", []byte("x"))
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	for name, want := range map[string]string{"x\u202egnp.exe": "control character", "a\nb": "control character",
		"a\x1b[31mb": "control character", strings.Repeat("n", 256): "255"} {
		toolstest.ExpectError(t, c.call("download_file", `{"filename":"a","save_to":`+quote(t, filepath.Join(dir, name))+`}`), want, "another name")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("written: %v, %v", left, err)
	}
	toolstest.ExpectText(t, c.call("download_file", `{"filename":"a","save_to":`+quote(t, filepath.Join(dir, "two  b.csv"))+`}`),
		"as "+filepath.Join(dir, "two  b.csv")+", 1 byte")
	if _, err := os.Stat(filepath.Join(dir, "two  b.csv")); err != nil {
		t.Error(err)
	}
}

func TestAllowedFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "nope")
	want := "the folder " + missing + " of --allow-dir does not exist"
	var log strings.Builder
	pool := &sessionstest.Fake{}
	put(t, pool, "a", nil)
	c := converse(t, Options{Pool: pool, AllowDirs: []string{missing}, Logger: logger(&log)}, "test")
	toolstest.ExpectError(t, c.call("upload_file", `{"local_path":"/x"}`), want)
	toolstest.ExpectError(t, c.call("download_file", `{"filename":"a","save_to":"/x"}`), want)
	if quoted := quote(t, want); !strings.Contains(log.String(), quoted[1:len(quoted)-1]) {
		t.Errorf("the log says %q", log.String())
	}
	c = converse(t, Options{Pool: pool, AllowDirs: []string{missing, t.TempDir()}}, "test")
	toolstest.ExpectError(t, c.call("upload_file", `{"local_path":`+quote(t, filepath.Join(missing, "x"))+`}`), "Access denied", want)
}

// TestSaveToRefuses calls the tool with names and folders that something obeys.
func TestSaveToRefuses(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, ".hidden", "open") // what is above it does not count
	for _, name := range []string{".git/hooks", ".vscode", "sub/.cache/deep", "sub/plain", "\u200b.zero"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	links := true
	for link, to := range map[string]string{"hooks": ".git/hooks", "sub/chain": "../hooks", "absolute": filepath.Join(dir, ".vscode"), ".way": "sub/plain"} {
		links = toolstest.Link(t, to, filepath.Join(dir, link)) && links
	}
	pool := &sessionstest.Fake{}
	for _, name := range []string{"a.csv", "conftest.py", ".envrc"} {
		put(t, pool, name, []byte("x"))
	}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}, AllowHidden: true}, "test")
	save := func(name, to string) string {
		return `{"filename":` + quote(t, name) + `,"save_to":` + quote(t, to) + `}`
	}
	for _, to := range []string{".git/hooks/a.csv", ".git/new.csv", ".git/", ".git", "hooks/", "hooks/a.csv", "sub/chain/a.csv", "absolute/a.csv",
		".way/a.csv", "sub/.cache/deep/a.csv", "sub/../.git/a.csv", "\u200b.zero/a.csv", ".nothing/a.csv", ".nothing/deeper/a.csv"} {
		if linked := regexp.MustCompile("^(hooks|sub/chain|absolute)/"); linked.MatchString(to) && !links {
			continue
		}
		for _, path := range []string{to, filepath.Join(dir, to), "file://" + dir + "/" + to} {
			if path == to || !strings.HasSuffix(to, "/") {
				toolstest.ExpectError(t, c.call("download_file", save("a.csv", path)), "Access denied", "is hidden")
			}
		}
		if strings.HasSuffix(to, "/") {
			toolstest.ExpectError(t, c.call("download_file", save("a.csv", dir+"/"+to)), "Access denied", "is hidden")
		}
	}
	for to, want := range map[string]string{
		".env": "hidden", "new.py": "such as new.py.txt", "Makefile": "such as Makefile.txt", "a.csv:x": "such as a.csv-x.txt",
		"package.json": "such as package.json.txt", "sub/plain/random.py": "run or obey", "sub/plain/NUL": "for a device",
	} {
		toolstest.ExpectError(t, c.call("download_file", save("a.csv", filepath.Join(dir, to))), want)
	}
	for _, name := range []string{"conftest.py", ".envrc"} { // under their own names
		toolstest.ExpectError(t, c.call("download_file", save(name, dir)), "Nothing was saved as", "another name")
	}
	toolstest.ExpectText(t, c.call("download_file", save("conftest.py", filepath.Join(dir, "sub/plain/conftest.py.txt"))), "Saved")
	toolstest.ExpectText(t, c.call("download_file", save("a.csv", filepath.Join(dir, "sub/plain"))), "Saved")
	// What exists is no reason to propose another name that is refused.
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	toolstest.ExpectError(t, c.call("download_file", save("a.csv", filepath.Join(dir, "Makefile"))), "already exists", "Save to another name.")
	written := -1 // beside the Makefile
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			written++
		}
		return err
	})
	if err != nil || written != 2 {
		t.Errorf("%d files were written, %v", written, err)
	}
}

// TestHiddenFilesAreNotRead tries to read what is hidden in an allowed folder.
func TestHiddenFilesAreNotRead(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, ".dotted", "open")
	for _, name := range []string{".ssh/id.txt", ".env", "sub/.git/config", "plain.txt", ".config/app/data.txt"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	links := true
	for link, to := range map[string]string{"key.txt": ".ssh/id.txt", "keys": ".ssh", "sub/up": "../.env", "ok.txt": "plain.txt"} {
		links = toolstest.Link(t, to, filepath.Join(dir, link)) && links
	}
	hidden := []string{".env", ".ssh/id.txt", ".ssh/missing", "sub/.git/config", "sub/../.env", "./.env", ".missing"}
	visible := []string{"plain.txt", "sub/../plain.txt"}
	if links {
		hidden, visible = append(hidden, "key.txt", "keys/id.txt", "sub/up"), append(visible, "ok.txt")
	}
	upload := func(c *conversation, path string) (all []string) {
		t.Helper()
		for _, path := range []string{path, filepath.Join(dir, path), "file://" + dir + "/" + path} {
			all = append(all, strings.Join(toolstest.Texts(c.call("upload_file", `{"local_path":`+quote(t, path)+`,"filename":"x.txt"}`)), " "))
		}
		return all
	}
	closed := converse(t, Options{AllowDirs: []string{dir}}, "test")
	for _, path := range hidden {
		for _, answer := range upload(closed, path) {
			if !strings.Contains(answer, "is hidden") || !strings.Contains(answer, "--allow-hidden") {
				t.Errorf("%s: %s", path, answer)
			}
		}
	}
	opened := converse(t, Options{AllowDirs: []string{dir}, AllowHidden: true}, "test")
	for _, path := range append(visible, hidden...) {
		for _, answer := range upload(opened, path) {
			if missing := strings.Contains(path, "missing"); strings.Contains(answer, "1 byte") == missing {
				t.Errorf("%s: %s", path, answer)
			}
		}
	}
	// A hidden folder that was opened itself is open, also below another one.
	both := converse(t, Options{AllowDirs: []string{dir, filepath.Join(dir, ".config/app")}}, "test")
	toolstest.ExpectText(t, both.call("upload_file", `{"local_path":`+quote(t, filepath.Join(dir, ".config/app/data.txt"))+`}`), "data.txt, 1 byte")
	for _, path := range visible {
		for _, answer := range upload(closed, path) {
			if !strings.Contains(answer, "1 byte") {
				t.Errorf("%s: %s", path, answer)
			}
		}
	}
}
