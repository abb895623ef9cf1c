package tools

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// folder makes a folder of the host with files, each of which holds its name.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUploadFoldersAndPatterns(t *testing.T) {
	t.Parallel()
	dir := folder(t, "in/a.csv", "in/b.txt", "in/sub/c.csv", "in/.env", "in/.git/config", "out/d.csv", "in/odd[1].csv")
	left := "Left out 2 hidden files or folders"
	if toolstest.Link(t, filepath.Join(dir, "out", "d.csv"), filepath.Join(dir, "in", "leads-out.csv")) {
		left += " and 1 link that leads out"
	}
	in := filepath.Join(dir, "in")
	for _, tt := range []struct {
		path, filename, says string
		stored               []string
	}{
		{in, "", "Uploaded 4 files, 41 bytes to /mnt/data/in/: in/a.csv, in/b.txt, in/odd[1].csv, in/sub/c.csv. " + left,
			[]string{"in/a.csv", "in/b.txt", "in/odd[1].csv", "in/sub/c.csv"}},
		{in + "/", "x/y", "to /mnt/data/x/y/: x/y/a.csv", []string{"x/y/a.csv", "x/y/b.txt", "x/y/odd[1].csv", "x/y/sub/c.csv"}},
		{in, ".", "to /mnt/data: a.csv", []string{"a.csv", "b.txt", "odd[1].csv", "sub/c.csv"}},
		{filepath.Join(in, "*.csv"), "", "Uploaded 2 files", []string{"in/a.csv", "in/odd[1].csv"}},
		{filepath.Join(in, "**/*.csv"), "d", "Uploaded 3 files", []string{"d/a.csv", "d/odd[1].csv", "d/sub/c.csv"}},
		{filepath.Join(in, "odd[1].csv"), "", "Uploaded /mnt/data/odd[1].csv", []string{"odd[1].csv"}},
		{"*.{csv,txt}", "d", "Uploaded 3 files", []string{"d/a.csv", "d/b.txt", "d/odd[1].csv"}},
		{"s*/c.csv", "", "Uploaded 1 file", []string{"in/sub/c.csv"}},
	} {
		pool := &sessionstest.Fake{}
		c := converse(t, Options{Pool: pool, AllowDirs: []string{in}}, "test")
		toolstest.ExpectText(t, c.call("upload_file", `{"local_path":`+quote(t, tt.path)+`,"filename":`+quote(t, tt.filename)+`}`), tt.says)
		found, err := pool.List(t.Context(), toolsSession, "", true)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range visibleFiles(found.Files) {
			names = append(names, f.Name)
		}
		if fmt.Sprint(names) != fmt.Sprint(tt.stored) {
			t.Errorf("%s: stored %q", tt.path, names)
		}
	}
	c := converse(t, Options{AllowDirs: []string{in}}, "test")
	for path, want := range map[string]string{
		filepath.Join(in, "*.xyz"):      "No file matches",
		filepath.Join(in, ".e*"):        "leaving out what is hidden",
		filepath.Join(dir, "out/*.csv"): "Access denied",
		in + "/*/../../o*/*":            "has .. after a wildcard",
		filepath.Join(in, "[a.csv"):     "is no pattern: a bracket is not closed",
		"~nobody/x.csv":                 "another user",
	} {
		toolstest.ExpectError(t, c.call("upload_file", `{"local_path":`+quote(t, path)+`}`), want)
	}
}

func TestUploadTooMany(t *testing.T) {
	t.Parallel()
	names := make([]string, 1001)
	for i := range names {
		names[i] = fmt.Sprintf("%04d.txt", i)
	}
	dir := folder(t, names...)
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	toolstest.ExpectError(t, c.call("upload_file", `{"local_path":`+quote(t, dir)+`}`), "means more than 1000 files", "Narrow it with a pattern")
	toolstest.ExpectText(t, c.call("upload_file", `{"local_path":`+quote(t, dir+"/0*.txt")+`,"filename":"d"}`), "Uploaded 1000 files", "d/0011.txt and 988 more.")
}

// TestUploadRefusesSome asserts that what cannot be stored is said, and the rest stored.
func TestUploadRefusesSome(t *testing.T) {
	t.Parallel()
	dir := folder(t, "d/a", "d/longer-than-the-others.csv", "d/b")
	pool := &sessionstest.Fake{MaxFile: 10}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	toolstest.ExpectText(t, c.call("upload_file", `{"local_path":`+quote(t, dir+"/d")+`}`),
		"Uploaded 2 files, 6 bytes to /mnt/data/d/: d/a, d/b.\n1 file was refused:\n- longer-than-the-others.csv: too large: a file may have 10 bytes")
	toolstest.ExpectError(t, c.call("upload_file", `{"local_path":`+quote(t, dir+"/d/longer*")+`}`), "No file was uploaded. 1 file was refused:")
}

func TestHomeFolder(t *testing.T) {
	dir := folder(t, "data/a.csv")
	t.Setenv("HOME", dir)
	t.Setenv("USERPROFILE", dir)
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	for _, home := range []string{"~", "$HOME", "${HOME}"} {
		toolstest.ExpectText(t, c.call("upload_file", `{"local_path":"`+home+`/data/a.csv"}`), "Uploaded /mnt/data/a.csv")
		toolstest.ExpectText(t, c.call("upload_file", `{"local_path":"`+home+`/data"}`), "Uploaded 1 file")
		toolstest.ExpectText(t, c.call("download_file", `{"filename":"a.csv","save_to":"`+home+`/made/of/it/","overwrite":true}`), "as "+filepath.Join(dir, "made/of/it/a.csv"))
	}
}

func TestSaveFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t, "there/x.txt")
	pool := &sessionstest.Fake{}
	for _, name := range []string{"plots/1.png", "plots/deep/2.csv", "plots/run.py", "plots/.hidden.txt", "empty/x/.keep", ".output/stdout.txt"} {
		put(t, pool, name, []byte(name))
	}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	save := func(name, to string) string {
		return `{"filename":` + quote(t, name) + `,"save_to":` + quote(t, filepath.Join(dir, to)) + `}`
	}
	toolstest.ExpectText(t, c.call("download_file", save("plots", "new")), "Saved 2 files, 27 bytes of /mnt/data/plots in "+filepath.Join(dir, "new")+": 1.png, deep/2.csv.",
		"2 files were refused:", "\n- .hidden.txt: ", "\n- run.py: save_to writes documents and data")
	toolstest.ExpectText(t, c.call("download_file", save("plots", "there")), "in "+filepath.Join(dir, "there", "plots"))
	toolstest.ExpectText(t, c.call("download_file", save("plots", "new")), "in "+filepath.Join(dir, "new", "plots"))
	toolstest.ExpectError(t, c.call("download_file", save("plots", "new")), "Nothing was saved", "1.png, deep/2.csv: it exists already; pass overwrite: true")
	toolstest.ExpectText(t, c.call("download_file", `{"filename":"/mnt/data","save_to":`+quote(t, filepath.Join(dir, "all"))+`}`), "Saved 2 files")
	toolstest.ExpectError(t, c.call("download_file", save("plots", "there/x.txt")), "a folder is to be saved")
	toolstest.ExpectError(t, c.call("download_file", `{"filename":"","save_to":`+quote(t, dir)+`}`), "it is empty")
	toolstest.ExpectError(t, c.call("download_file", save("no", "new2")), "There is no /mnt/data/no")
	toolstest.ExpectError(t, c.call("download_file", `{"filename":"plots/1.png","lines":"1-2","save_to":`+quote(t, dir)+`}`), "Both lines and save_to")
	if data, err := os.ReadFile(filepath.Join(dir, "new/deep/2.csv")); err != nil || string(data) != "plots/deep/2.csv" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestOverwrite(t *testing.T) {
	t.Parallel()
	dir := folder(t, "a.csv", "sub/keep.csv", "settings.json")
	outside := folder(t, "secret.csv")
	links := toolstest.Link(t, filepath.Join(outside, "secret.csv"), filepath.Join(dir, "link.csv")) &&
		toolstest.Link(t, filepath.Join(outside, "gone.csv"), filepath.Join(dir, "dangling.csv"))
	if err := os.Chmod(filepath.Join(dir, "a.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	pool := &sessionstest.Fake{}
	put(t, pool, "a.csv", []byte("new"))
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	save := func(to string) string {
		return `{"filename":"a.csv","overwrite":true,"save_to":` + quote(t, filepath.Join(dir, to)) + `}`
	}
	toolstest.ExpectError(t, c.call("download_file", strings.Replace(save("a.csv"), "true", "false", 1)), "already exists", "pass overwrite: true")
	toolstest.ExpectText(t, c.call("download_file", save("a.csv")), "Saved /mnt/data/a.csv as "+filepath.Join(dir, "a.csv"))
	toolstest.ExpectText(t, c.call("download_file", save("")), "Saved")
	if data, err := os.ReadFile(filepath.Join(dir, "a.csv")); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
	toolstest.CheckMode(t, filepath.Join(dir, "a.csv"), 0o644)
	for to, want := range map[string]string{
		"settings.json": "Nothing was saved", "link.csv": "is no file", "dangling.csv": "is no file", "x/.git/a.csv": "is hidden", "x/CON/a.csv": "for a device",
		"x\u200b/a.csv": "invisible", "a.csv/b.csv": "",
	} {
		if want != "is no file" || links {
			toolstest.ExpectError(t, c.call("download_file", save(to)), want)
		}
	}
	toolstest.ExpectText(t, c.call("download_file", save("sub")), filepath.Join(dir, "sub", "a.csv"))
	if data, err := os.ReadFile(filepath.Join(outside, "secret.csv")); err != nil || string(data) != "secret.csv" {
		t.Errorf("outside: %q, %v", data, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "x")); err == nil {
		t.Error("a folder was made for a name that is refused")
	}
}
