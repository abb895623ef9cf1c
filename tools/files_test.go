package tools

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/toolstest"
)

func put(t *testing.T, pool *sessionstest.Fake, name string, data []byte) {
	t.Helper()
	if _, err := pool.Upload(t.Context(), toolsSession, name, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, pool *sessionstest.Fake, name string) string {
	t.Helper()
	_, body, err := pool.Download(t.Context(), toolsSession, name)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestUpload(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arguments, name, data string }{
		{`{"filename":"a.txt","content":"hi"}`, "a.txt", "hi"},
		{`{"filename":"/mnt/data/in/a.txt","content":"hi"}`, "in/a.txt", "hi"},
		{`{"filename":"empty","content":""}`, "empty", ""},
		{`{"filename":"a","content":"hi","content_base64":"","local_path":null}`, "a", "hi"},
		{`{"filename":"a","content":"","content_base64":"aGk="}`, "a", "hi"},
		{`{"filename":"a","content_base64":"-_-_"}`, "a", "\xfb\xff\xbf"},
	} {
		pool := &sessionstest.Fake{}
		result := converse(t, Options{Pool: pool}, "test").call("upload_file", test.arguments)
		toolstest.ExpectText(t, result, "Uploaded /mnt/data/"+test.name+", "+prose.Size(int64(len(test.data))))
		if result.Meta.AdditionalFields["path"] != "/mnt/data/"+test.name {
			t.Errorf("_meta is %v", result.Meta.AdditionalFields)
		}
		if got := get(t, pool, test.name); got != test.data {
			t.Errorf("%s: the file holds %q", test.arguments, got)
		}
	}
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{MaxFile: 10}
	c := converse(t, Options{Pool: pool}, "test")
	for arguments, want := range map[string]string{
		`{}`:                               "exactly one of content",
		`{"filename":"a"}`:                 "exactly one of content",
		`{"filename":"a","local_path":""}`: "exactly one of content",
		`{"content":"x"}`:                  "filename is missing",
		`{"filename":"  ","content":"x"}`:  "filename is missing",
		`{"filename":"a","content":"x","content_base64":"eA=="}`: "Both content and content_base64 were given",
		`{"filename":"a","content_base64":"%"}`:                  "is not base64",
		`{"filename":"a","local_path":"/etc/passwd"}`:            "--allow-dir DIR",
		`{"filename":"../x","content":"x"}`:                      "Invalid file name",
		`{"filename":"/etc/passwd","content":"x"}`:               "/mnt/data",
		`{"filename":"a\u0000b","content":"x"}`:                  "control character",
		`{"filename":"a\ud800","content":"x"}`:                   `\ud800`,
		`{"filename":"a","content":"01234567890"}`:               "Too large",
		`{"filename":7,"content":"x"}`:                           "filename is a number (7) and must be a string",
		`{"name":"a","content":"x"}`:                             "Did you mean filename?",
	} {
		toolstest.ExpectError(t, c.call("upload_file", arguments), want)
	}
	if found, err := pool.List(t.Context(), toolsSession, "", true); err != nil || len(found.Files) > 0 {
		t.Errorf("stored %v, %v", found.Files, err)
	}
}

func TestUploadLocalPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("Name,Age\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	path := quote(t, filepath.Join(dir, "people.csv"))
	toolstest.ExpectText(t, c.call("upload_file", `{"local_path":`+path+`}`), "/mnt/data/people.csv, 9 bytes")
	toolstest.ExpectText(t, c.call("upload_file", `{"local_path":"people.csv","filename":"b.csv"}`), "/mnt/data/b.csv")
	toolstest.ExpectText(t, c.call("upload_file", `{"local_path":`+path+`,"filename":""}`), "/mnt/data/people.csv")
	if got := get(t, pool, "b.csv"); got != "Name,Age\n" {
		t.Errorf("the file holds %q", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	toolstest.ExpectText(t, c.call("list_files", ``), "No files in /mnt/data.")
	put(t, pool, "hello.txt", []byte("Hello from session!"))
	put(t, pool, "plots/a.png", []byte("x"))
	result := c.call("list_files", `{}`)
	lines := strings.Split(toolstest.Texts(result)[0], "\n")
	if len(lines) != 3 || lines[0] != "2 entries in /mnt/data (2 files, 20 bytes):" ||
		!strings.HasPrefix(lines[1], "hello.txt\t19 bytes\t20") || !strings.HasPrefix(lines[2], "plots/\tfolder, 1 file, 1 byte\t20") {
		t.Errorf("got %q", lines)
	}
	for _, path := range []string{`"plots"`, `"/mnt/data/plots/"`, `"plots/a.png"`} {
		toolstest.ExpectText(t, c.call("list_files", `{"path":`+path+`}`), "1 entry in /mnt/data/plots", "plots/a.png\t1 byte\t")
	}
	toolstest.ExpectText(t, c.call("list_files", `{"path":""}`), "2 entries")
	toolstest.ExpectText(t, c.call("list_files", `{"path":null}`), "2 entries")
	toolstest.ExpectError(t, c.call("list_files", `{"path":"plot"}`), "There is no /mnt/data/plot", "hello.txt")
	toolstest.ExpectError(t, c.call("list_files", `{"path":"../.."}`), "Invalid file name")
}

func TestListIsCut(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	for i := range 305 {
		put(t, pool, fmt.Sprintf("%04d", i), nil)
	}
	result := converse(t, Options{Pool: pool}, "test").call("list_files", ``)
	toolstest.ExpectText(t, result, "305 entries", "0199\t", "105 more entries; pass a folder")
	if strings.Contains(toolstest.Texts(result)[0], "0200\t") {
		t.Error("too many entries")
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	put(t, pool, "hello.txt", []byte("Hello from session!"))
	put(t, pool, "dos.csv", []byte("a,b\r\n1,2\r\n"))
	put(t, pool, "colours.log", []byte("\x1b[31mred\x1b[0m\n"))
	put(t, pool, "empty.txt", nil)
	put(t, pool, "book.xlsx", []byte("PK\x03\x04\x00\xff"))
	put(t, pool, "huge.bin", make([]byte, 10*render.DefaultMaxText))
	put(t, pool, "plot.png", picturetest.PNG(t, picturetest.Plain(3, 3)))
	put(t, pool, "cut.png", picturetest.PNG(t, picturetest.Plain(30, 30))[:40])
	put(t, pool, "noise.png", picturetest.PNG(t, picturetest.Noise(700, 500)))

	for name, want := range map[string]string{"hello.txt": "Hello from session!", "/mnt/data/dos.csv": "a,b\r\n1,2\r\n"} {
		if got := toolstest.Texts(c.call("download_file", `{"filename":"`+name+`"}`)); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := toolstest.Texts(c.call("download_file", `{"filename":"colours.log"}`)); got[1] != "red\n" || !strings.Contains(got[0], "removed") {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]string{
		"empty.txt": "It is empty", "book.xlsx": "spreadsheetml.sheet. It cannot be shown",
		"huge.bin": "It is not text", "cut.png": "damaged png",
	} {
		result := c.call("download_file", `{"filename":"`+name+`"}`)
		toolstest.ExpectText(t, result, "/mnt/data/"+name, want, "run_python")
		if l := toolstest.Links(result); len(l) != 1 || l[0].URI != "sandbox:///mnt/data/"+name {
			t.Errorf("%s: links %v", name, l)
		}
	}
	for _, name := range []string{"plot.png", "noise.png"} {
		got := toolstest.Images(c.call("download_file", `{"filename":"`+name+`"}`))
		if len(got) != 1 || len(got[0].Data) > render.MaxResult {
			t.Fatalf("%s: %d images", name, len(got))
		}
		data, err := base64.StdEncoding.DecodeString(got[0].Data)
		if _, decodeErr := picture.NewProcessor(render.MaxResult, nil).NewBatch().Check(t.Context(), data); err != nil || decodeErr != nil {
			t.Errorf("%s: %v, %v", name, err, decodeErr)
		}
	}
}

func TestDownloadRefuses(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	toolstest.ExpectError(t, c.call("download_file", `{"filename":"a"}`), "the session has no files", "upload_file")
	for i := range 30 {
		put(t, pool, fmt.Sprintf("other%02d.bin", i), nil)
	}
	put(t, pool, "results/report.xlsx", nil)
	result := c.call("download_file", `{"filename":"reports.xlsx"}`)
	toolstest.ExpectError(t, result, "There is no /mnt/data/reports.xlsx", "Its files: results/report.xlsx, other", "; list_files lists more")
	if n := strings.Count(toolstest.Texts(result)[0], ".bin"); n != maxSuggestions-1 {
		t.Errorf("%d names are offered", n+1)
	}
	for arguments, want := range map[string]string{
		`{}`:                        "filename is missing",
		`{"filename":""}`:           "it is empty",
		`{"filename":"../x"}`:       "Invalid file name",
		`{"filename":"results"}`:    "it is a folder",
		`{"filename":"CON\nx"}`:     "control character",
		`{"filename":"%2e%2e/x"}`:   "There is no /mnt/data/%2e%2e/x",
		`{"filename":"x","to":"y"}`: "no argument",
		`{"filename":"results/report.xlsx","save_to":"/tmp"}`: "--allow-dir DIR",
	} {
		toolstest.ExpectError(t, c.call("download_file", arguments), want)
	}
}

func TestSaveTo(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	pool := &sessionstest.Fake{}
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	put(t, pool, "out/a.bin", data)
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}}, "test")
	for _, test := range []struct{ saveTo, want string }{
		{dir, "a.bin"},
		{filepath.Join(dir, "sub") + "/", "sub/a.bin"},
		{filepath.Join(dir, "sub", "b.bin"), "sub/b.bin"},
		{"relative.bin", "relative.bin"},
	} {
		result := c.call("download_file", `{"filename":"out/a.bin","save_to":`+quote(t, test.saveTo)+`}`)
		toolstest.ExpectText(t, result, "Saved /mnt/data/out/a.bin as "+filepath.Join(dir, test.want)+", 1000000 bytes")
		got, err := os.ReadFile(filepath.Join(dir, test.want))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", test.want, len(got), err)
		}
		toolstest.CheckMode(t, filepath.Join(dir, test.want), 0o600)
	}
	for saveTo, want := range map[string]string{
		dir:                                       filepath.Join(dir, "a-2.bin") + ", which is free",
		filepath.Join(dir, "a.bin"):               "already exists",
		filepath.Join(dir, "a.bin/x"):             "is a file, and no folder",
		dir + "_evil":                             "Access denied",
		filepath.Dir(dir) + "/x.bin":              "Access denied",
		filepath.Join(dir) + "/../y.bin":          "Access denied",
		filepath.VolumeName(dir) + "/proc/self/x": "Access denied",
		"../z.bin":                                "There is no",
		"a\x00b":                                  "NUL",
	} {
		toolstest.ExpectError(t, c.call("download_file", `{"filename":"out/a.bin","save_to":`+quote(t, saveTo)+`}`), want)
	}
	if entries, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}
