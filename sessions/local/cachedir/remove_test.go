package cachedir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// write makes a file with the folders that it is in.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// nest makes folders in each other, deeper than a path can be long, with a file
// and a second folder in each.
func nest(t *testing.T, dir string, depth int) {
	t.Helper()
	at, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range depth {
		name := "folder-" + strconv.Itoa(i)
		err := errors.Join(at.Mkdir(name, 0o700), at.Mkdir("beside", 0o700), at.WriteFile("file", nil, 0o400))
		next, openErr := at.OpenRoot(name)
		at.Close()
		if err != nil || openErr != nil {
			t.Fatal(err, openErr)
		}
		at = next
	}
	at.Close()
}

// TestRemoveTree removes what code in a session may leave behind, and nothing
// that links lead to.
func TestRemoveTree(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	write(t, filepath.Join(outside, "precious"), "data")
	for name, fill := range map[string]func(dir string){
		"empty": func(string) {},
		"deep":  func(dir string) { nest(t, dir, 3000) },
		"deep twice": func(dir string) {
			for _, name := range []string{"one", "two"} {
				if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
					t.Fatal(err)
				}
				nest(t, filepath.Join(dir, name), 100)
			}
		},
		"wide": func(dir string) {
			for i := range 1000 {
				write(t, filepath.Join(dir, "w", strconv.Itoa(i%7), strconv.Itoa(i), "file"), "")
			}
		},
		"without rights": func(dir string) {
			write(t, filepath.Join(dir, "a", "b", "c", "file"), "x")
			for _, inner := range []string{"a/b/c", "a/b", "a", "."} {
				if err := os.Chmod(filepath.Join(dir, inner), 0); err != nil {
					t.Fatal(err)
				}
			}
		},
		"links": func(dir string) {
			write(t, filepath.Join(dir, "a", "file"), "x")
			link(t, outside, filepath.Join(dir, "out"))
			link(t, outside, filepath.Join(dir, "a", "out"))
			link(t, "..", filepath.Join(dir, "a", "up"))
			link(t, filepath.Join(outside, "precious"), filepath.Join(dir, "a", "file-out"))
			link(t, "nowhere", filepath.Join(dir, "a", "dangling"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "tree")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			fill(dir)
			if err := RemoveTree(dir); err != nil {
				t.Error(err)
			}
			if exists(dir) {
				t.Error("it is still there")
			}
		})
	}
	t.Cleanup(func() {
		if data, err := os.ReadFile(filepath.Join(outside, "precious")); err != nil || string(data) != "data" {
			t.Errorf("what a link led to: %q, %v", data, err)
		}
	})
}

// TestRemoveTreeHoldsFewFiles counts the open files while a deep tree goes.
func TestRemoveTreeHoldsFewFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("counts in /proc")
	}
	dir := filepath.Join(t.TempDir(), "tree")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	nest(t, dir, 300)
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before, most := count(), 0
	top, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	r := remover{top: top, prefix: "moved-"}
	if err := r.empty(func(string) bool { most = max(most, count()); return true }); err != nil {
		t.Fatal(err)
	}
	if most > before+4 || most == 0 {
		t.Errorf("%d files were open, and %d before", most, before)
	}
}

func TestRemoveTreeOfAnotherThing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "elsewhere", "precious"), "data")
	link(t, filepath.Join(dir, "elsewhere"), filepath.Join(dir, "link"))
	for _, name := range []string{"link", "elsewhere/precious"} {
		if err := RemoveTree(filepath.Join(dir, name)); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: %v", name, err)
		}
		if !exists(filepath.Join(dir, name)) {
			t.Errorf("%s is gone", name)
		}
	}
	if !exists(filepath.Join(dir, "elsewhere", "precious")) {
		t.Error("what the link led to is gone")
	}
	for _, name := range []string{"no", "no/such"} {
		if err := RemoveTree(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProofGoesLast has a removal fail midway: what is left can still be told to
// be the program's, and is removed the next time.
func TestProofGoesLast(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "making-1")
	write(t, filepath.Join(dir, "a"), "")
	write(t, filepath.Join(dir, "z"), "")
	if err := Mark(dir); err != nil {
		t.Fatal(err)
	}
	top, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	r := remover{top: top, prefix: "moved-"}
	if err := r.empty(func(name string) bool { return name != Marker }); err != nil {
		t.Fatal(err)
	}
	names, err := fs.ReadDir(top.FS(), ".")
	if err != nil || len(names) != 1 || names[0].Name() != Marker {
		t.Fatalf("left are %v, %v", names, err)
	}
	if err := making.Remove(dir); err != nil || exists(dir) {
		t.Errorf("the rest: %v", err)
	}
}
