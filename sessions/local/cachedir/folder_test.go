package cachedir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	installation = "python-3.14.6-linux-amd64-bb63237ccc78"
	engine       = "engine-0123456789ab"
)

// TestOpen decides whose a folder is by what is in it.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		dir  string            // in a folder of the test
		fill map[string]string // files in dir
		want string            // relative to dir
	}{
		{"does not exist", "cache", nil, "."},
		{"nor does the folder it is in", "a/b/cache", nil, "."},
		{"empty", "cache", map[string]string{}, "."},
		{"marked", "cache", map[string]string{Marker: markerText, "notes": ""}, "."},
		{"marked a moment ago", "cache", map[string]string{Marker: markerText[:10]}, "."},
		{"marked by somebody else", "cache", map[string]string{Marker: "mine!", "notes": ""}, folderName},
		{"in use", "cache", map[string]string{"notes": "", "downloads/book.pdf": ""}, folderName},
		{"in use, with names like the program's", "cache", map[string]string{"snapshots/a/photo": "", "kept/project/x": "", "run/x/lock": ""}, folderName},
		{"in use, with an installation", "cache", map[string]string{installation + "/.complete": "", "install.lock": "", "install-notes/x": ""}, folderName},
		{"of an earlier version", "cache", map[string]string{installation + "/.complete": "", "install.lock": "", "run/lock": "", "snapshots/x/y": ""}, "."},
		{"of an earlier version, by its name", folderName, map[string]string{"run/lock": "", "notes": ""}, "."},
		{"of an earlier version, built with cgo", folderName, map[string]string{engine + "/runsc": "", "snapshots/x/y": ""}, "."},
		{"of an earlier version, with a certificate", folderName, map[string]string{"certificate/server.pem": ""}, "."},
		{"called like the program and in use", folderName, map[string]string{"main.go": "", "downloads/x": "", "kept/y": ""}, folderName},
		{"in use, with the program's folder in it", "cache", map[string]string{"notes": "", folderName + "/" + Marker: markerText}, folderName},
		{"in use, with an earlier version's folder in it", "cache", map[string]string{"notes": "", folderName + "/install.lock": ""}, folderName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(real(t), tt.dir)
			for name, content := range tt.fill {
				write(t, filepath.Join(dir, name), content)
			}
			if tt.fill != nil && len(tt.fill) == 0 {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			want := filepath.Join(dir, tt.want)
			found, err := Locate(dir)
			if err != nil || found != want {
				t.Errorf("located %q, %v; want %q", found, err, want)
			}
			if tt.fill == nil && exists(dir) {
				t.Error("looking made the folder")
			}
			for range 2 {
				if got, err := Open(dir); err != nil || got != want {
					t.Fatalf("opened %q, %v; want %q", got, err, want)
				}
			}
			if again, err := Open(want); err != nil || again != want {
				t.Errorf("opened again: %q, %v", again, err)
			}
			text, err := os.ReadFile(filepath.Join(want, Marker))
			if err != nil || string(text) != markerText {
				t.Errorf("the marker says %q, %v", text, err)
			}
			if info, err := os.Stat(want); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

// real returns a folder whose path has no links.
func real(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRefused names what is wrong with a folder and what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		make func(t *testing.T, dir string) // dir exists and is empty
		ask  string                         // relative to dir
		want []string
		root bool // only root can make it
	}{
		{"a file", func(t *testing.T, dir string) { write(t, dir+"/x", "") }, "x", []string{"/x is not a folder"}, false},
		{"in a file", func(t *testing.T, dir string) { write(t, dir+"/x", "") }, "x/y", []string{"/x", "not a folder"}, false},
		{"a link to nothing", func(t *testing.T, dir string) { link(t, "nowhere", dir+"/x") }, "x", []string{"/x is a link to a folder that does not exist"}, false},
		{"others may write", func(t *testing.T, dir string) { chmod(t, dir, 0o777) }, ".", []string{"other users may write to", "chmod go-w"}, false},
		{"the group may write", func(t *testing.T, dir string) { chmod(t, dir, 0o770) }, ".", []string{"other users may write to", "chmod go-w"}, false},
		{"others may write above", func(t *testing.T, dir string) { chmod(t, dir, 0o777) }, "a/b", []string{"other users may write to"}, false},
		{"others may write to the program's", func(t *testing.T, dir string) {
			write(t, dir+"/notes", "")
			write(t, dir+"/"+folderName+"/"+Marker, markerText)
			chmod(t, dir+"/"+folderName, 0o777)
		}, ".", []string{folderName + " and could change"}, false},
		{"the program's is a link", func(t *testing.T, dir string) {
			write(t, dir+"/notes", "")
			write(t, dir+"/elsewhere/"+Marker, markerText)
			link(t, "elsewhere", dir+"/"+folderName)
		}, ".", []string{folderName + " is a link, and links are not followed there"}, false},
		{"the program's is in use", func(t *testing.T, dir string) {
			write(t, dir+"/notes", "")
			write(t, dir+"/"+folderName+"/main.go", "")
		}, ".", []string{"contains files that are not the program's, and so does"}, false},
		{"the program's is a file", func(t *testing.T, dir string) {
			write(t, dir+"/"+folderName, "")
			write(t, dir+"/notes", "")
		}, ".", []string{folderName + " is not a folder"}, false},
		{"another's", func(t *testing.T, dir string) { chown(t, dir) }, ".", []string{"belongs to user 12345 and not to the user who runs this", "--cache-dir"}, true},
		{"in another's", func(t *testing.T, dir string) { chown(t, dir) }, "a", []string{"belongs to user 12345"}, true},
		{"another's in a shared folder", func(t *testing.T, dir string) {
			chmod(t, dir, 0o777|os.ModeSticky)
			write(t, dir+"/"+folderName+"/"+Marker, markerText)
			chown(t, dir+"/"+folderName)
		}, ".", []string{folderName + " belongs to user 12345"}, true},
		{"another's link", func(t *testing.T, dir string) {
			if err := os.Mkdir(dir+"/mine", 0o700); err != nil {
				t.Fatal(err)
			}
			link(t, "mine", dir+"/x")
			chown(t, dir+"/x")
		}, "x", []string{"/x belongs to user 12345"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.root && os.Geteuid() != 0 {
				t.Skip("only root can make it")
			}
			dir := real(t)
			tt.make(t, dir)
			_, err := Open(filepath.Join(dir, tt.ask))
			if !errors.Is(err, ErrUnusable) {
				t.Fatalf("got %v", err)
			}
			for _, want := range append(tt.want, "--cache-dir") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestNotWritable has folders in which an ordinary user may make nothing.
func TestNotWritable(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := real(t)
	chmod(t, dir, 0o500)
	for _, ask := range []string{dir, filepath.Join(dir, "cache"), "/no-such-folder"} {
		_, err := Open(ask)
		if !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "this user may not create "+ask+" or write to it") {
			t.Errorf("%s: %v", ask, err)
		}
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string) {
	t.Helper()
	if err := os.Lchown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
}

// TestOpenThroughLink follows a link that the user made to the folder.
func TestOpenThroughLink(t *testing.T) {
	t.Parallel()
	dir := real(t)
	if err := os.Mkdir(filepath.Join(dir, "disk"), 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, "disk", filepath.Join(dir, "cache"))
	if got, err := Open(filepath.Join(dir, "cache")); err != nil || got != filepath.Join(dir, "disk") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Open(filepath.Join(dir, "cache", "new")); err != nil || got != filepath.Join(dir, "disk", "new") {
		t.Errorf("below it: %q, %v", got, err)
	}
}

// TestOpenInSharedFolder takes a folder of its own in one like /tmp, be it empty
// or not.
func TestOpenInSharedFolder(t *testing.T) {
	t.Parallel()
	dir := real(t)
	chmod(t, dir, 0o777|os.ModeSticky)
	for range 2 {
		if got, err := Open(dir); err != nil || got != filepath.Join(dir, folderName) {
			t.Errorf("%q, %v", got, err)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode() != os.ModeDir|os.ModeSticky|0o777 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}

// TestSubfolder makes folders in the program's, and follows no link there.
func TestSubfolder(t *testing.T) {
	t.Parallel()
	dir := real(t)
	for range 2 {
		if got, err := Subfolder(dir, "kept"); err != nil || got != filepath.Join(dir, "kept") {
			t.Errorf("%q, %v", got, err)
		}
	}
	link(t, "kept", filepath.Join(dir, "run"))
	write(t, filepath.Join(dir, "snapshots"), "")
	for name, want := range map[string]string{"run": "is a link", "snapshots": "is not a folder"} {
		if _, err := Subfolder(dir, name); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpenAtOnce has many processes begin with one empty folder: all take it.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	dir := real(t)
	found := make(chan string)
	for range 50 {
		go func() {
			got, err := Open(dir)
			if err == nil {
				_, err = Subfolder(got, "run")
			}
			if err != nil {
				t.Error(err)
			}
			found <- got
		}()
	}
	for range 50 {
		if got := <-found; got != dir {
			t.Errorf("one took %s", got)
		}
	}
}

// TestLocksFollowNoLinks: a lock is made where it is.
func TestLocksFollowNoLinks(t *testing.T) {
	t.Parallel()
	dir, outside := real(t), real(t)
	link(t, filepath.Join(outside, "made"), filepath.Join(dir, "lock"))
	if locked, err := NewLock(filepath.Join(dir, "lock")).TryLock(); err == nil || locked {
		t.Errorf("locked through a link: %v, %v", locked, err)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Errorf("made %v, %v", left, err)
	}
}
