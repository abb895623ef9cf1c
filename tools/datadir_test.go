package tools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestNamesAsModelsWriteThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		dir         dataDir
		given, want string
	}{
		{sessions.DataDir, "a.csv", "a.csv"},
		{sessions.DataDir, "sandbox:///mnt/data/a%20b/%C3%BC%23.csv", "a b/ü#.csv"},
		{sessions.DataDir, "sandbox:/mnt/data/x", "x"},
		{sessions.DataDir, "sandbox://mnt/data/x", "x"},
		{sessions.DataDir, "sandbox:/mnt/data/100%.txt", "100%.txt"},
		{sessions.DataDir, "mnt/data/x2", "x2"},
		{sessions.DataDir, "/mnt/data/mnt/data/x", "mnt/data/x"},
		{sessions.DataDir, " lead.txt", " lead.txt"},
		{workingDir, "/mnt/data/x", "x"},
		{workingDir, "./mnt/data/x", "mnt/data/x"},
		{workingDir, "sandbox:///mnt/data/x", "x"},
		{"/srv/files", "/srv/files/x", "x"},
		{"/srv/files", "/mnt/data/x", "x"},
	} {
		got, err := test.dir.file(test.given)
		if err != nil || got != test.want {
			t.Errorf("in %s, %q is %q, %v; want %q", test.dir, test.given, got, err, test.want)
		}
		if again, err := test.dir.file(test.dir.path(got)); err != nil || again != got {
			t.Errorf("in %s, the path %q of %q is %q, %v", test.dir, test.dir.path(got), got, again, err)
		}
		if again, err := test.dir.file(test.dir.relative(got)); err != nil || again != got {
			t.Errorf("in %s, %q listed as %q is %q, %v", test.dir, got, test.dir.relative(got), again, err)
		}
	}
	for _, given := range []string{"sandbox:///etc/passwd", "sandbox:/mnt/data/%2e%2e/x", "sandbox://elsewhere/mnt/data/x", "/etc/passwd"} {
		for _, dir := range []dataDir{sessions.DataDir, workingDir, "/srv/files"} {
			if got, err := dir.file(given); err == nil {
				t.Errorf("in %s, %q is %q", dir, given, got)
			}
		}
	}
}

func TestLinksAreAccepted(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	expectText(t, c.call("upload_file", `{"filename":"sandbox:///mnt/data/dir/a%20b.txt","content":"hi"}`), "/mnt/data/dir/a b.txt")
	expectText(t, c.call("download_file", `{"filename":"sandbox:/mnt/data/dir/a%20b.txt"}`), "hi")
	expectText(t, c.call("list_files", `{"path":"sandbox:///mnt/data/dir"}`), "dir/a b.txt\t2 bytes")
	expectText(t, c.call("list_files", `{"path":"mnt/data"}`), "1 entry in /mnt/data:")
}

func TestNamesWithSpacesCanBeGivenBack(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	for _, name := range []string{" lead.txt", "trail.txt ", "two  spaces.txt"} {
		expectText(t, c.call("upload_file", `{"filename":`+quote(t, name)+`,"content":"hi"}`), "Uploaded ", name)
		if got := get(t, pool, name); got != "hi" {
			t.Errorf("%q holds %q", name, got)
		}
	}
	expectText(t, c.call("list_files", ``), "\n\" lead.txt\"\t", "\n\"trail.txt \"\t", "\ntwo  spaces.txt\t")
	expectText(t, c.call("download_file", `{"filename":" lead.txt"}`), "hi")
}

// TestWorkingDirectory checks that a model never sees /mnt/data where there is
// none.
func TestWorkingDirectory(t *testing.T) {
	t.Parallel()
	pool := script(sessions.Execution{
		Stdout: strings.Repeat("x", 100_000), DisplaysDropped: 1, Status: sessions.DiskFull,
		Displays: []sessions.Display{display("image/svg+xml", "x"), display("image/png", "x"), display("text/html", "<p>x")},
		Files:    []sessions.File{{Name: "plots/a.png", Size: 1}},
	})
	opts := Options{Pool: pool, Environment: Environment{DataDir: "."}, ResourceLinks: LinksOff}
	c := converse(t, opts, "test")
	var all []string
	for _, call := range [][2]string{
		{"list_files", ``},
		{"download_file", `{"filename":"no.txt"}`},
		{"run_python", `{"code":"x"}`},
		{"upload_file", `{"filename":"/mnt/data/in/x.csv","content":"hi"}`},
		{"list_files", ``}, {"list_files", `{"path":"in"}`},
		{"download_file", `{"filename":"no.txt"}`}, {"download_file", `{"filename":"../no.txt"}`}, {"download_file", `{"filename":"in"}`},
		{"download_file", `{"filename":"/etc/passwd"}`},
	} {
		all = append(all, texts(c.call(call[0], call[1]))...)
	}
	for _, tool := range listTools(t, opts) {
		all = append(all, tool.Description)
		for _, property := range tool.InputSchema.Properties {
			all = append(all, property.(map[string]any)["description"].(string))
		}
	}
	joined := strings.Join(all, "\n")
	for _, part := range []string{"open('data.csv')", "Uploaded in/x.csv, 2 bytes", "\n- plots/a.png, 1 byte", "all of it is in last_stdout.txt",
		"There is no no.txt", "No files in the working directory.", "1 entry in in:", "is an absolute path"} {
		if !strings.Contains(joined, part) {
			t.Errorf("nothing says %q: %q", part, all)
		}
	}
	for _, text := range all {
		if strings.Contains(text, "/mnt/data") {
			t.Errorf("a text speaks of /mnt/data: %q", text)
		}
	}
	if got := get(t, pool, "in/x.csv"); got != "hi" {
		t.Errorf("the file holds %q", got)
	}
}

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
	expectText(t, c.call("upload_file", `{"local_path":`+quote(t, url+"/a%20b.csv")+`}`), "/mnt/data/a b.csv, 1 byte")
	expectText(t, c.call("download_file", `{"filename":"a b.csv","save_to":`+quote(t, url+"/c%20d.csv")+`}`), filepath.Join(dir, "c d.csv"))
	expectError(t, c.call("upload_file", `{"local_path":"file://server/share/x"}`), "another computer, server")
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
		expectError(t, c.call("download_file", `{"filename":"a","save_to":`+quote(t, filepath.Join(dir, name))+`}`), want, "another name")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("written: %v, %v", left, err)
	}
	expectText(t, c.call("download_file", `{"filename":"a","save_to":`+quote(t, filepath.Join(dir, "two  b.csv"))+`}`),
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
	expectError(t, c.call("upload_file", `{"local_path":"/x"}`), want)
	expectError(t, c.call("download_file", `{"filename":"a","save_to":"/x"}`), want)
	if !strings.Contains(log.String(), want) {
		t.Errorf("the log says %q", log.String())
	}
	c = converse(t, Options{Pool: pool, AllowDirs: []string{missing, t.TempDir()}}, "test")
	expectError(t, c.call("upload_file", `{"local_path":`+quote(t, filepath.Join(missing, "x"))+`}`), "Access denied", want)
}

func TestOutputThatNoFileHolds(t *testing.T) {
	t.Parallel()
	result := converse(t, Options{Pool: script(sessions.Execution{Stdout: strings.Repeat("x", 100_000),
		Truncated: []sessions.Truncation{{Stream: "stdout", Total: 9_000_000}}})}, "test").call("run_python", `{"code":"x"}`)
	expectText(t, result, "of 9000000 bytes (9.0 MB) all but", "what was kept of it is in /mnt/data/last_stdout.txt")
	if strings.Contains(strings.Join(texts(result), ""), "all of it is in") {
		t.Error("it says that a part is all")
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	var r notices
	for _, n := range []int{1, 3, 4, 5} {
		r.about("display", n, "too large")
	}
	r.about("display", 2, "empty")
	r.say("Once.")
	r.say("Once.")
	if got, want := r.String(), "Notice from the server:\n- displays 1, 3–5: too large\n- display 2: empty\n- Once."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadable(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"<table><thead><tr><th></th><th>a</th></tr></thead>\n<tbody><tr>\n<th>0</th>\n<td>1 &lt; 2</td></tr></tbody></table>": "\ta\n0\t1 < 2",
		"<style>p{}</style><p>Hi <b>you</b><br>there<script>x('</p>')</script>":                                               "Hi you\nthere",
		"<audio controls><source src=x>no support</audio>":                                                                    "[audio]",
		"a < b <!-- <p> --> c":       "a < b c",
		"<ul><li>x<li>y</ul>":        "- x\n- y",
		`<a title="1>2">link</a>`:    "link",
		"<script>":                   "",
		"<p":                         "",
		"<pre>a\n  b</pre>":          "a\n  b",
		"<div><div></div></div><br>": "",
	} {
		if got := readable(source); got != want {
			t.Errorf("readable(%q) = %q, want %q", source, got, want)
		}
	}
}

func FuzzReadable(f *testing.F) {
	for _, seed := range []string{"<p>x", "<iframe src=", "</", "<!--", "<a b='", "<script></scripT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if got := readable(source); len(got) > 8*len(source)+100 {
			t.Fatalf("%d bytes from %d", len(got), len(source))
		}
	})
}
