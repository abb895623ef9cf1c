package tools

import (
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// Names in the two forms of Unicode, and one that is in neither.
const (
	formComposed   = "Absch\u00e4tzung \u00e9preuve.csv"
	formDecomposed = "Abscha\u0308tzung e\u0301preuve.csv"
	formsMixed     = "Absch\u00e4tzung e\u0301preuve.csv"
)

func TestLinksAreAccepted(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	toolstest.ExpectText(t, c.call("upload_file", `{"filename":"sandbox:///mnt/data/dir/a%20b.txt","content":"hi"}`), "/mnt/data/dir/a b.txt")
	toolstest.ExpectText(t, c.call("download_file", `{"filename":"sandbox:/mnt/data/dir/a%20b.txt"}`), "hi")
	toolstest.ExpectText(t, c.call("list_files", `{"path":"sandbox:///mnt/data/dir"}`), "dir/a b.txt\t2 bytes")
	toolstest.ExpectText(t, c.call("list_files", `{"path":"mnt/data"}`), "1 entry in /mnt/data (1 file, 2 bytes):")
}

func TestNamesWithSpacesCanBeGivenBack(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	for _, name := range []string{" lead.txt", "trail.txt ", "two  spaces.txt"} {
		toolstest.ExpectText(t, c.call("upload_file", `{"filename":`+quote(t, name)+`,"content":"hi"}`), "Uploaded ", name)
		if got := get(t, pool, name); got != "hi" {
			t.Errorf("%q holds %q", name, got)
		}
	}
	toolstest.ExpectText(t, c.call("list_files", ``), "\n\" lead.txt\"\t", "\n\"trail.txt \"\t", "\ntwo  spaces.txt\t")
	toolstest.ExpectText(t, c.call("download_file", `{"filename":" lead.txt"}`), "hi")
}

// TestWorkingDirectory checks that a model never sees /mnt/data where there is
// none.
func TestWorkingDirectory(t *testing.T) {
	t.Parallel()
	pool := script(sessions.Execution{
		Stdout: strings.Repeat("x", 100_000), DisplaysDropped: 1, Status: sessions.DiskFull,
		Displays: []sessions.Display{toolstest.Display("image/svg+xml", "x"), toolstest.Display("image/png", "x"), toolstest.Display("text/html", "<p>x")},
		Files:    []sessions.FileChange{{File: sessions.File{Name: "plots/a.png", Size: 1}}},
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
		all = append(all, toolstest.Texts(c.call(call[0], call[1]))...)
	}
	for _, tool := range listTools(t, opts) {
		all = append(all, tool.Description)
		for _, property := range tool.InputSchema.Properties {
			all = append(all, property.(map[string]any)["description"].(string))
		}
	}
	joined := strings.Join(all, "\n")
	for _, part := range []string{"open('data.csv')", "Uploaded in/x.csv, 2 bytes", "New or changed file: plots/a.png, 1 byte.", "all of it: .output/stdout-",
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

// TestFormsOfNames asserts that a file is found by its name in any form of
// Unicode, and that two whose names differ in nothing else stay two.
func TestFormsOfNames(t *testing.T) {
	t.Parallel()
	for _, uploaded := range []string{formComposed, formDecomposed, formsMixed} {
		pool := &sessionstest.Fake{}
		c := converse(t, Options{Pool: pool}, "test")
		result := c.call("upload_file", `{"filename":"`+uploaded+`","content":"1"}`)
		if get(t, pool, formComposed) != "1" {
			t.Errorf("%+q is not stored in the usual form", uploaded)
		}
		if said := strings.Contains(strings.Join(toolstest.Texts(result), "\n"), "(NFC)"); said != (uploaded != formComposed) {
			t.Errorf("%+q: %s", uploaded, strings.Join(toolstest.Texts(result), "\n"))
		}
		for _, name := range []string{formComposed, formDecomposed, formsMixed} {
			if got := strings.Join(toolstest.Texts(c.call("download_file", `{"filename":"`+name+`"}`)), "\n"); got != "1" {
				t.Errorf("%+q is not found as %+q: %s", uploaded, name, got)
			}
		}
	}
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	put(t, pool, formComposed, []byte("one"))
	put(t, pool, formDecomposed, []byte("two"))
	put(t, pool, "A\u0308/old.txt", []byte("x"))
	c.call("upload_file", `{"filename":"`+formDecomposed+`","content":"three"}`)
	for _, said := range []string{"Its folder has its name in another Unicode form", "It replaced the file with this name in another Unicode form"} {
		result := c.call("upload_file", `{"filename":"\u00c4/new.txt","content":"y"}`)
		if got := strings.Join(toolstest.Texts(result), "\n"); !strings.Contains(got, said) {
			t.Errorf("%s, want %q", got, said)
		}
	}
	for name, want := range map[string]string{formComposed: "one", formDecomposed: "three", "A\u0308/new.txt": "y"} {
		if got := get(t, pool, name); got != want {
			t.Errorf("%+q holds %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{formComposed: "one", formDecomposed: "three", "\u00c4/old.txt": "x"} {
		if got := strings.Join(toolstest.Texts(c.call("download_file", `{"filename":"`+name+`"}`)), "\n"); got != want {
			t.Errorf("download of %+q: %s", name, got)
		}
	}
	for _, call := range []string{"download_file", "upload_file", "list_files"} {
		args := map[string]string{"download_file": `{"filename":"%s"}`, "upload_file": `{"filename":"%s","content":"z"}`, "list_files": `{"path":"%s"}`}[call]
		result := c.call(call, fmt.Sprintf(args, formsMixed))
		if got := strings.Join(toolstest.Texts(result), "\n"); !result.IsError || !strings.Contains(got, "2 names look like this one") {
			t.Errorf("%s of a third form: %s", call, got)
		}
	}
}

// TestLookalikesAreNotTaken asserts that a name which only looks the same is not
// taken for the one that was asked for, but told.
func TestLookalikesAreNotTaken(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	put(t, pool, "\u0430pple.csv", []byte("x"))
	result := converse(t, Options{Pool: pool}, "test").call("download_file", `{"filename":"apple.csv"}`)
	const want = `There is no "apple.csv" in the session. These names only look the same: "\u0430pple.csv".`
	if got := strings.Join(toolstest.Texts(result), "\n"); !result.IsError || got != want {
		t.Errorf("the answer is %q", got)
	}
}
