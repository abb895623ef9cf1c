package basesystem

import (
	"archive/tar"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// options are for a new cache folder, and no folder for all users.
func options(t *testing.T) Options {
	t.Helper()
	return Options{CacheDir: filepath.Join(t.TempDir(), "cache"), SystemDir: cachedir.NoShared}
}

// save writes an archive.
func save(t *testing.T, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "system.tar.gz")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// use uses the base system of options, and ends that with the test.
func use(t *testing.T, o Options) *System {
	t.Helper()
	s, err := Use(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestUse(t *testing.T) {
	t.Parallel()
	o := options(t)
	if s := use(t, o); s != nil || s.Folder() != "" {
		t.Errorf("there is %v without an archive", s)
	}
	var said []string
	o.Progress = func(text string) { said = append(said, text) }
	o.File = save(t, small(t))
	first := use(t, o)
	if _, err := os.Stat(filepath.Join(first.Folder(), "usr", "bin", "sh")); err != nil {
		t.Error(err)
	}
	if again := use(t, o); again.Libraries() != first.Libraries() || len(said) != 1 {
		t.Errorf("it was unpacked again, or is another: %q and %q, %q", first.Libraries(), again.Libraries(), said)
	}
	// The same archive at another place, and another at the same.
	moved := o
	moved.File = save(t, small(t))
	if s := use(t, moved); s.Folder() != first.Folder() || len(said) != 1 {
		t.Errorf("a copy is another: %s, %q", s.Folder(), said)
	}
	if err := os.WriteFile(o.File, small(t, regular("./etc/new", "new")), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := use(t, o); s.Libraries() == first.Libraries() {
		t.Error("another archive has the same name")
	}
	o.File = None
	if s := use(t, o); s != nil {
		t.Errorf("none is %v", s)
	}
	o.File = ""
	if s := use(t, o); s != nil {
		t.Errorf("what was unpacked counts as installed: %v", s)
	}
}

func TestInstall(t *testing.T) {
	t.Parallel()
	o := options(t)
	install := o
	install.File = save(t, small(t))
	if err := Install(t.Context(), install); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(install.File); err != nil {
		t.Fatal(err)
	}
	s := use(t, o)
	if s == nil || !strings.HasPrefix(s.Folder(), o.CacheDir) {
		t.Fatalf("after it was installed there is %v", s)
	}
	names, err := Installed(o.CacheDir)
	if err != nil || len(names) != 2 {
		t.Errorf("it consists of %q, %v", names, err)
	}
	// For all users, in a folder that is looked at first and not written to.
	if err := cachedir.Share(o.CacheDir, names...); err != nil {
		t.Fatal(err)
	}
	other := Options{CacheDir: t.TempDir(), SystemDir: o.CacheDir}
	if shared := use(t, other); shared.Libraries() != s.Libraries() || !strings.HasPrefix(shared.Folder(), o.CacheDir) {
		t.Errorf("another user has %v", shared)
	}
	if left, err := os.ReadDir(other.CacheDir); err != nil || len(left) != 0 {
		t.Errorf("that user's folder has %v, %v", left, err)
	}
	install.File = None
	if err := errors.Join(Install(t.Context(), install), Install(t.Context(), install)); err != nil {
		t.Fatal(err)
	}
	if s := use(t, o); s != nil {
		t.Errorf("after it was uninstalled there is %v", s)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	o := options(t)
	if found, err := Notices(o); err != nil || found != nil {
		t.Errorf("without a base system: %v, %v", found, err)
	}
	install := o
	install.File = save(t, small(t, folder("./usr/share"), folder("./usr/share/doc"), folder("./usr/share/doc/libc6"), symlink("./usr/share/doc/libc-bin", "libc6"),
		regular("./usr/share/doc/libc6/copyright", "LGPL"), folder("./usr/share/doc/dash"), symlink("./usr/share/doc/dash/copyright", "/etc/passwd"),
		regular("./usr/share/doc/packages", "dash 0.5 amd64\nlibc-bin 2.41 amd64\nlibc6 2.41-12 amd64\n")))
	if err := Install(t.Context(), install); err != nil {
		t.Fatal(err)
	}
	want := []Notice{{Name: "dash", Version: "0.5"}, {"libc-bin", "2.41", "LGPL"}, {"libc6", "2.41-12", "LGPL"}}
	if found, err := Notices(o); err != nil || !slices.Equal(found, want) {
		t.Errorf("got %v, %v", found, err)
	}
}

// TestDamaged makes again what can be made again, and says what to do where it cannot.
func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, damage := range []func(root string) error{
		func(root string) error { return os.Remove(filepath.Join(root, "usr", "bin", "sh")) },
		func(root string) error { return os.Truncate(filepath.Join(root, "usr", "bin", "sh"), 10) },
		func(root string) error { return os.Symlink("/etc", filepath.Join(root, "new")) },
		func(root string) error { return os.WriteFile(filepath.Join(root, "..", markerName), nil, 0o600) },
	} {
		o := options(t)
		o.File = save(t, small(t))
		if err := Install(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		s, err := Use(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Close(), damage(s.Folder())); err != nil {
			t.Fatal(err)
		}
		installed := o
		installed.File = ""
		if _, err := Use(t.Context(), installed); err == nil || !strings.Contains(err.Error(), "setup --base-system FILE") {
			t.Errorf("the damaged one is used: %v", err)
		}
		use(t, o)
		use(t, installed)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	foreign := parts(t)
	for i, h := range foreign {
		if strings.HasSuffix(h.Name, "libc.so.6") {
			machine := []byte(h.Uname)
			machine[18] = 0x28 // 32 bits of ARM
			foreign[i].Uname = string(machine)
		}
	}
	without := func(name string) []tar.Header {
		var kept []tar.Header
		for _, h := range parts(t) {
			if h.Name != name {
				kept = append(kept, h)
			}
		}
		return kept
	}
	for _, tt := range []struct {
		name string
		file string
		says string
	}{
		{"nothing", filepath.Join(t.TempDir(), "nothing"), "no such file"},
		{"a folder", t.TempDir(), "it is no file"},
		{"no archive", save(t, []byte("text")), "not compressed"},
		{"no system", save(t, archive(t, regular("a", "x"))), "no folder /etc"},
		{"another processor", save(t, archive(t, foreign...)), "there is no glibc for"},
		{"no shell", save(t, archive(t, without("./usr/bin/sh")...)), "/bin/sh is missing"},
		{"the host's etc", save(t, archive(t, append(without("./etc"), symlink("./etc", "/etc"))...)), "no folder /etc"},
		{"the host's links", save(t, small(t, symlink("./etc/alternatives", "/home"))), "neither a folder nor"},
		{"the host's sbin", save(t, small(t, symlink("./sbin", "/home"))), "neither a folder nor"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.File = tt.file
			_, err := Use(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "take "+FileName()+" from the release") {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			left, globErr := filepath.Glob(filepath.Join(o.CacheDir, "system-*"))
			if globErr != nil {
				t.Fatal(globErr)
			}
			for _, path := range left {
				if info, err := os.Lstat(path); err == nil && info.IsDir() {
					t.Errorf("%s is left", path)
				}
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	o := options(t)
	o.File = save(t, small(t))
	if err := os.Mkdir(o.CacheDir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Use(t.Context(), o); !errors.Is(err, cachedir.ErrUnusable) || !strings.Contains(err.Error(), "--cache-dir") {
		t.Errorf("got %v", err)
	}
}

// TestAtOnce unpacks an archive once for all who want it.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.File = save(t, small(t))
	var unpacked sync.Map
	o.Progress = func(text string) {
		if strings.HasPrefix(text, "unpacking") {
			unpacked.Store(time.Now(), true)
		}
	}
	var users sync.WaitGroup
	for range 5 {
		users.Go(func() {
			s, err := Use(t.Context(), o)
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	users.Wait()
	found, err := filepath.Glob(filepath.Join(o.CacheDir, "system-*", rootFolder))
	if err != nil || len(found) != 1 {
		t.Errorf("there is %q, %v", found, err)
	}
}

// TestPrune keeps the one that is installed, and a few others.
func TestPrune(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.File = save(t, small(t))
	if err := Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"1", "2", "3"} {
		next := o
		next.File = save(t, small(t, regular("./etc/release", content)))
		s, err := Use(t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	found, err := filepath.Glob(filepath.Join(o.CacheDir, "system-*", rootFolder))
	if err != nil || len(found) != maxKept {
		t.Errorf("%d are kept, %v", len(found), err)
	}
	o.File = ""
	use(t, o)
}

// TestCheckHost asserts that the machine of the tests can run the interpreter, and what is
// said of others.
func TestCheckHost(t *testing.T) {
	t.Parallel()
	if err := errors.Join(CheckHost(true), CheckHost(false)); err != nil {
		t.Errorf("this machine: %v", err)
	}
	m := thisMachine()
	nix := t.TempDir() // has something that explains, in the place of what loads programs
	loader := filepath.Join(nix, m.loader)
	if err := errors.Join(os.MkdirAll(filepath.Dir(loader), 0o755), os.WriteFile(loader, nil, 0o755)); err != nil {
		t.Fatal(err)
	}
	for root, says := range map[string]string{t.TempDir(): m.loader + " is missing", nix: "there is no glibc"} {
		if err := checkParts(root); !errors.Is(err, errNoLibrary) || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(root, "usr", "bin"), 0o755), os.WriteFile(filepath.Join(root, "usr", "bin", "sh"), nil, 0o755),
		os.Symlink("usr/bin", filepath.Join(root, "bin")), os.Symlink("/usr/bin/sh", filepath.Join(root, "usr", "absolute")),
		os.Symlink("../../../usr/bin/sh", filepath.Join(root, "usr", "above")), os.Symlink("loop", filepath.Join(root, "loop")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"/bin/sh", "/usr/absolute", "/usr/above"} {
		if file, err := resolve(root, name); err != nil || file != filepath.Join(root, "usr", "bin", "sh") {
			t.Errorf("%s is %q, %v", name, file, err)
		}
	}
	for _, name := range []string{"/loop", "/usr/bin"} {
		if _, err := resolve(root, name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
