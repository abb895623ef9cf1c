//go:build linux && (amd64 || arm64)

package python

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestInstall goes through the life of an installation.
func TestInstall(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	r := x.recipe("first", "second")
	opts := Options{CacheDir: t.TempDir()}

	i := installTwice(t, x, r, opts)
	checkInstallation(t, i)
	checkRuns(t, i)
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	checkDirectory(t, opts.CacheDir, r.key(), r.key()+".use", "install.lock", cachedir.Marker)

	for _, damage := range []struct {
		name string
		do   func() error
	}{
		{"a file is missing", func() error { return os.Remove(filepath.Join(i.SitePackages, "first", "__init__.py")) }},
		{"a library is cut off", func() error { return os.Truncate(filepath.Join(i.SitePackages, "second", "native.so"), 100) }},
		{"the index of modules is cut off", func() error { return os.Truncate(filepath.Join(i.Home, indexFile), 100) }},
		{"the interpreter is missing", func() error { return os.RemoveAll(i.Home) }},
		{"the marker is cut off", func() error { return os.Truncate(filepath.Join(opts.CacheDir, r.key(), markerName), 10) }},
	} {
		if err := damage.do(); err != nil {
			t.Fatal(err)
		}
		_, err := find(t.Context(), testCache(t, opts.CacheDir), r.key())
		if !errors.Is(err, errNotInstalled) || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("when %s, find says: %v", damage.name, err)
		}
	}
	repaired, err := install(t.Context(), opts, r)
	if err != nil {
		t.Fatal(err)
	}
	defer repaired.Close()
	checkInstallation(t, repaired)
	checkRuns(t, repaired)
}

// installTwice installs r twice at once: the second caller must wait for the
// first and be told so, and get the same without another download.
func installTwice(t *testing.T, x *index, r recipe, opts Options) *Interpreter {
	t.Helper()
	release := x.holdBack("second")
	defer release()
	type result struct {
		i   *Interpreter
		err error
	}
	first := make(chan result, 1)
	stages := make(chan Status, 1000)
	go func() {
		opts.Progress = func(s Status) { stages <- s }
		i, err := install(t.Context(), opts, r)
		close(stages)
		first <- result{i, err}
	}()
	select {
	case <-x.held:
	case early := <-first:
		t.Fatalf("install ended before it was let go on: %v", early.err)
	}
	var waited string
	opts.Progress = func(s Status) {
		if waited == "" {
			waited = s.Text
			release()
		}
	}
	second, err := install(t.Context(), opts, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	if !strings.Contains(waited, "another process is installing") {
		t.Errorf("the second caller was told %q", waited)
	}
	done := <-first
	if done.err != nil {
		t.Fatal(done.err)
	}
	if done.i.Key != second.Key || done.i.Home != second.Home {
		t.Errorf("the callers got %+v and %+v", done.i, second)
	}
	if n := x.downloads("first"); n != 1 {
		t.Errorf("a package was downloaded %d times", n)
	}
	checkStages(t, stages)
	return done.i
}

func checkStages(t *testing.T, stages <-chan Status) {
	t.Helper()
	var all []string
	percent := 0
	for s := range stages {
		if s.Percent < percent {
			t.Errorf("progress fell from %d to %d with %q", percent, s.Percent, s.Text)
		}
		percent = s.Percent
		all = append(all, s.Text)
	}
	if percent != 100 {
		t.Errorf("progress ended at %d", percent)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"unpacking the Python interpreter", "installing Python packages: second (2 of 2), ", "unpacking 2 Python packages", "compiling Python packages, "} {
		if !strings.Contains(text, want) {
			t.Errorf("progress never said %q:\n%s", want, text)
		}
	}
}

// checkInstallation looks at the files.
func checkInstallation(t *testing.T, i *Interpreter) {
	t.Helper()
	for _, name := range []string{"first/__init__.py", "first/native.so", "first-1.0.dist-info/METADATA", "second/__pycache__/__init__.cpython-314.pyc"} {
		if _, err := os.Stat(filepath.Join(i.SitePackages, name)); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{
		filepath.Join(i.SitePackages, "bin"), filepath.Join(i.SitePackages, "first", "tests"),
		filepath.Join(i.Home, "lib", "python3.14", "tkinter"), filepath.Join(i.Home, "bin", "pip3"),
	} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there (%v)", path, err)
		}
	}
}

// checkRuns runs the interpreter with no environment.
func checkRuns(t *testing.T, i *Interpreter) {
	t.Helper()
	const script = `
import sys, traceback, json, sqlite3, ssl, asyncio, multiprocessing, first, importlib.util
print(sys.version.split()[0], first.__file__)
print(all(m.__spec__.cached is None or __import__("os").path.exists(m.__spec__.cached)
    for m in list(sys.modules.values()) if getattr(m, "__spec__", None) and m.__spec__.has_location))
print(first.where.__code__.co_filename)
`
	p := process{path: i.Executable, args: []string{"-I", "-c", script}, env: []string{}}
	got, err := p.output(t.Context(), 10_000)
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	file := filepath.Join(i.SitePackages, "first", "__init__.py")
	if want := embeddedVersion + " " + file + "\nTrue\n" + file + "\n"; got != want {
		t.Errorf("the interpreter printed %q, want %q", got, want)
	}
}

func checkDirectory(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[string]bool)
	for _, e := range entries {
		have[e.Name()] = true
	}
	for _, name := range want {
		if !have[name] {
			t.Errorf("%s lacks %s", dir, name)
		}
		delete(have, name)
	}
	if len(have) != 0 {
		t.Errorf("%s also holds %v", dir, have)
	}
}

// TestKilledInstall kills a process in the middle of an installation: what it
// started must die with it, and the next one must clean up, finish, and not
// download again what had arrived.
func TestKilledInstall(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	r := x.recipe("first", "second")
	opts := Options{CacheDir: t.TempDir()}
	release := x.holdBack("second")
	defer release()

	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childInstall+"="+opts.CacheDir+"\n"+x.URL+"\n"+interpreter(t)+"\n"+string(r.requirements))
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	select {
	case <-x.held:
	case err := <-ended:
		t.Fatalf("the process ended before it was killed: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatal("the killed process ended well")
	}
	<-x.gone // pip died too
	remains, err := filepath.Glob(filepath.Join(opts.CacheDir, buildPrefix+"*"))
	if err != nil || len(remains) != 1 {
		t.Fatalf("the killed process left %v (%v)", remains, err)
	}
	if _, err := find(t.Context(), testCache(t, opts.CacheDir), r.key()); !errors.Is(err, errNotInstalled) {
		t.Fatalf("after the kill, find says: %v", err)
	}

	release()
	i, err := install(t.Context(), opts, r)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	checkRuns(t, i)
	checkDirectory(t, opts.CacheDir, r.key(), r.key()+".use", "install.lock", cachedir.Marker)
	if n := x.downloads("first"); n != 1 {
		t.Errorf("the first package was downloaded %d times", n)
	}
}

func TestCanceledInstall(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	x.holdBack("second")
	opts := Options{CacheDir: t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-x.held
		cancel()
	}()
	_, err := install(ctx, opts, x.recipe("first", "second"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-x.gone
	checkDirectory(t, opts.CacheDir, x.recipe("first", "second").key()+".use", "install.lock", "downloads", cachedir.Marker)

	// One that waits for another can be cancelled too.
	lock := cachedir.NewLock(filepath.Join(opts.CacheDir, installLock))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel = context.WithCancel(t.Context())
	opts.Progress = func(Status) { cancel() }
	if _, err := install(ctx, opts, x.recipe("first")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait returned %v", err)
	}
}

func TestPipFailures(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first")
	b := newBuilder(t, t.TempDir())
	b.recipe = x.recipe()
	if err := b.extract(t.Context()); err != nil {
		t.Fatal(err)
	}
	swapped := x.recipe("first")
	x.wheels["first"] = wheel(t, "first\n")
	closed := newIndex(t)
	closed.Close()
	unreachable := x.recipe("first")
	unreachable.environ = closed.recipe().environ

	for _, test := range []struct {
		name   string
		recipe recipe
		kind   error
		words  []string
	}{
		{"no network", unreachable, errNoNetwork, []string{"Connection refused", "dynamic-sessions-mcp setup", "--python PATH", "HTTPS_PROXY"}},
		{"another file", swapped, errHashMismatch, []string{"first==1.0"}},
		{"no such package", x.recipe("absent"), errNoNetwork, []string{"absent==1.0", "PIP_INDEX_URL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.recipe = test.recipe
			err := b.installPackages(t.Context())
			if !errors.Is(err, test.kind) {
				t.Fatalf("got %v, want one that wraps %v", err, test.kind)
			}
			for _, word := range test.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
		})
	}
}

func TestNoSpace(t *testing.T) {
	t.Parallel()
	r := recipe{requirements: []byte("first==1.0\n"), space: 1 << 60}
	_, err := install(t.Context(), Options{CacheDir: t.TempDir()}, r)
	if !errors.Is(err, errNoSpace) || !strings.Contains(err.Error(), "--cache-dir") {
		t.Errorf("got %v", err)
	}
}

// TestRemoveUnused removes installations of other versions that nobody uses and
// nobody has used for a week.
func TestRemoveUnused(t *testing.T) {
	t.Parallel()
	c := testCache(t, t.TempDir())
	const version = "python-3.9.1-linux-amd64-00000000000"
	const current, old, used, recent, foreign, named = version + "1", version + "2", version + "3", version + "4", version + "5", "python-stuff"
	for _, key := range []string{current, old, used, recent, foreign, named} {
		for _, folder := range installedFolders() {
			if err := os.MkdirAll(filepath.Join(c.Path(key), folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now()
		if key != recent {
			at = at.Add(-2 * keepUnused)
		}
		if key == foreign {
			write(t, c.Path(key)+".use", "")
		} else {
			if err := writeMarker(c.Path(key), key); err != nil {
				t.Fatal(err)
			}
			item, err := c.Use(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			defer item.Close()
			if key != used {
				item.Close()
			}
		}
		if err := errors.Join(os.Chtimes(c.Path(key), at, at), os.Chtimes(c.Path(key)+".use", at, at)); err != nil {
			t.Fatal(err)
		}
	}
	c.Prune(current, 0, keepUnused)
	for key, want := range map[string]bool{current: true, old: false, used: true, recent: true, foreign: true, named: true} {
		if _, err := os.Stat(c.Path(key)); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", key, err == nil, want)
		}
	}
}

func testCache(t *testing.T, dir string) *cache {
	t.Helper()
	c, err := openCache(dir, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnusableCache(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Install(t.Context(), Options{CacheDir: filepath.Join(file, "cache")})
	if !errors.Is(err, cachedir.ErrUnusable) || !strings.Contains(err.Error(), "--cache-dir") {
		t.Errorf("got %v", err)
	}
}

// TestForeignFolders has things of somebody else in the places of an
// installation and of the downloads.
func TestForeignFolders(t *testing.T) {
	t.Parallel()
	c := testCache(t, t.TempDir())
	outside := t.TempDir()
	const key, linked = "python-3.9.1-linux-amd64-000000000001", "python-3.9.1-linux-amd64-000000000002"
	for _, path := range []string{c.Path(key + "/a.py"), c.Path("downloads/book.pdf"), c.Path("install-1/a.txt"), c.Path("install-notes/a.txt"), filepath.Join(outside, markerName)} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}()
	}
	if err := os.Symlink(outside, c.Path(linked)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{key: c.Path(key), linked: "is a link"} {
		if _, err := c.Build(t.Context(), name, nil, nil); !errors.Is(err, cachedir.ErrUnusable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := find(t.Context(), c, linked); !errors.Is(err, cachedir.ErrUnusable) || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("a link with another name: %v", err)
	}
	if got, err := c.downloads("/scratch"); err != nil || got != "/scratch/downloads" {
		t.Errorf("downloads go to %q, %v", got, err)
	}
	if err := c.removeDownloads(); err != nil {
		t.Error(err)
	}
	c.Prune("", 0, 0)
}
