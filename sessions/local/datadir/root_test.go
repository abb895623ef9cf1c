package datadir

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// rootMethods are the methods of os.Root that take a name, each called with a
// name that leads out.
var rootMethods = map[string]func(root *os.Root, name string) error{
	"Chmod":    func(r *os.Root, name string) error { return r.Chmod(name, 0o700) },
	"Chown":    func(r *os.Root, name string) error { return r.Chown(name, os.Getuid(), os.Getgid()) },
	"Chtimes":  func(r *os.Root, name string) error { return r.Chtimes(name, time.Unix(1, 0), time.Unix(1, 0)) },
	"Create":   func(r *os.Root, name string) error { return closed(r.Create(name + "made")) },
	"FS":       func(r *os.Root, name string) error { return closed(r.FS().Open(strings.Trim(name, "/") + "/secret")) },
	"Lchown":   func(r *os.Root, name string) error { return r.Lchown(name+"secret", os.Getuid(), os.Getgid()) },
	"Link":     func(r *os.Root, name string) error { return r.Link("inside", name+"made") },
	"Lstat":    func(r *os.Root, name string) error { _, err := r.Lstat(name); return err },
	"Mkdir":    func(r *os.Root, name string) error { return r.Mkdir(name+"made", 0o700) },
	"MkdirAll": func(r *os.Root, name string) error { return r.MkdirAll(name+"made", 0o700) },
	"Open":     func(r *os.Root, name string) error { return closed(r.Open(name)) },
	"OpenFile": func(r *os.Root, name string) error { return closed(r.OpenFile(name, os.O_RDONLY, 0)) },
	"OpenRoot": func(r *os.Root, name string) error { return closed(r.OpenRoot(name)) },
	"ReadFile": func(r *os.Root, name string) error { _, err := r.ReadFile(name + "secret"); return err },
	"Readlink": func(r *os.Root, name string) error { _, err := r.Readlink(name + "link"); return err },
	// Remove and RemoveAll may take the link itself, and say so or not.
	"Remove":    func(r *os.Root, name string) error { return r.Remove(name + "secret") },
	"RemoveAll": func(r *os.Root, name string) error { return r.RemoveAll(name + "secret") },
	"Rename":    func(r *os.Root, name string) error { return r.Rename("inside", name+"made") },
	"Stat":      func(r *os.Root, name string) error { _, err := r.Stat(name); return err },
	"Symlink":   func(r *os.Root, name string) error { return r.Symlink("inside", name+"made") },
	"WriteFile": func(r *os.Root, name string) error { return r.WriteFile(name+"made", nil, 0o600) },
}

// closed closes what should not have been opened.
func closed[T interface{ Close() error }](opened T, err error) error {
	if err == nil {
		opened.Close()
	}
	return err
}

// TestRootRefusesLinksOut calls every method of os.Root with names that lead out
// by a link and end in a slash. Go before 1.26.5 let some of them out
// (CVE-2026-39822), and files of sessions and of the user's folders are reached
// through nothing else.
func TestRootRefusesLinksOut(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	for i := range reflect.TypeFor[*os.Root]().NumMethod() {
		method := reflect.TypeFor[*os.Root]().Method(i).Name
		if _, ok := rootMethods[method]; !ok && method != "Close" && method != "Name" {
			t.Errorf("os.Root has the method %s, and nothing is known of it: add it to rootMethods", method)
		}
	}
	for method, call := range rootMethods {
		for _, name := range []string{"link/", "link//", "link/./", "folder/../link/", "folder/up/", "chain/"} {
			outside, root := linkedOut(t)
			before := treeOf(t, outside)
			if err := call(root, name); err == nil {
				t.Errorf("%s(%q) gave no error", method, name)
			}
			if after := treeOf(t, outside); after != before {
				t.Errorf("%s(%q) changed what is outside:\n%s\nwas\n%s", method, name, after, before)
			}
		}
		// By itself, the link may be looked at and removed, and nothing more.
		outside, root := linkedOut(t)
		before := treeOf(t, outside)
		for _, remove := range []func(string) error{root.Remove, root.RemoveAll} {
			_ = remove("link/")
			_ = remove("chain/")
		}
		if after := treeOf(t, outside); after != before {
			t.Errorf("removing the link removed what it leads to:\n%s", after)
		}
	}
}

// linkedOut returns a folder with a secret, and a root beside it with links to
// it.
func linkedOut(t *testing.T) (outside string, root *os.Root) {
	t.Helper()
	parent := t.TempDir()
	outside, inside := filepath.Join(parent, "outside"), filepath.Join(parent, "root")
	for _, dir := range []string{outside, inside, filepath.Join(inside, "folder")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{filepath.Join(outside, "secret"), filepath.Join(inside, "inside")} {
		if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": outside, "folder/up": "../../outside", "chain": "link"} {
		if err := os.Symlink(to, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return outside, root
}

// treeOf describes a folder and what is in it.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var text strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			text.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}
