package hostfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/tools/toolstest"
)

// TestCheck looks at folders that a user has hardly meant to open.
func TestCheck(t *testing.T) {
	t.Parallel()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(home, filepath.FromSlash(name)) }
	for _, dir := range []string{"data", "work/cache/run", ".cache/program"} {
		if err := os.MkdirAll(in(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	links := toolstest.Link(t, in("work"), in("link"))
	for _, test := range []struct {
		dir, private string
		says         string // "" for nothing
		fatal        bool
	}{
		{in("data"), in("work/cache"), "", false},
		{in("missing"), in("work/cache"), "", false},
		{home, in(".cache/program"), "is your home folder", false},
		{home + "/data/..", in(".cache/program"), "is your home folder", false},
		{in("work/cache"), in("work/cache"), "belongs to this program", true},
		{in("work/cache/run"), in("work/cache"), "belongs to this program", true},
		{in("link/cache"), in("work/cache"), "belongs to this program", true},
		{in("work"), in("work/cache"), "holds the program's own folder", false},
		{in("link"), in("work/cache"), "holds the program's own folder", false},
		{in("work"), in("work/not/made/yet"), "holds the program's own folder", false},
		{in("work/cache"), "", "", false},
	} {
		if strings.HasPrefix(test.dir, in("link")) && !links {
			continue
		}
		found := Check([]string{test.dir}, home, test.private)
		switch {
		case test.says == "" && len(found) > 0:
			t.Errorf("%s: %v", test.dir, found)
		case test.says != "" && (len(found) != 1 || !strings.Contains(found[0].Text, test.says) || found[0].Fatal != test.fatal):
			t.Errorf("%s beside %s: %v, want %q, fatal %v", test.dir, test.private, found, test.says, test.fatal)
		}
	}
}

// TestUnusableFolders leaves out what cannot be opened, and says why.
func TestUnusableFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	folders, err := Open([]string{file, filepath.Join(dir, "missing"), dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer folders.Close()
	want := "the folder " + file + " of --allow-dir is a file and not a folder, and the folder " + filepath.Join(dir, "missing") + " of --allow-dir does not exist"
	if got := folders.Missing(); got != want || !folders.Any() {
		t.Errorf("got %q, want %q", got, want)
	}
}
