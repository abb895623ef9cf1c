//go:build linux && (amd64 || arm64)

package python

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// foreignPython makes an environment in which a package called ipython is
// installed, or none is, on the embedded interpreter.
func foreignPython(t *testing.T, withIPython bool) (home, file string) {
	t.Helper()
	b := newBuilder(t, t.TempDir())
	b.recipe.extract = func(dir string) error { return linkTree(interpreter(t), dir) }
	if err := b.extract(t.Context()); err != nil {
		t.Fatal(err)
	}
	if withIPython {
		info := filepath.Join(b.site(), "ipython-9.0.dist-info")
		if err := os.MkdirAll(info, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(info, "METADATA"), []byte("Metadata-Version: 2.1\nName: ipython\nVersion: 9.0\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return b.home(), b.interpreter()
}

func TestForeign(t *testing.T) {
	t.Parallel()
	home, file := foreignPython(t, true)
	venv := filepath.Join(t.TempDir(), "venv")
	run := process{path: file, args: []string{"-I", "-m", "venv", "--without-pip", "--system-site-packages", venv}}
	if said, err := run.output(t.Context(), 1000); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	// Environments do not see the packages beside the interpreter's folder
	// unless its own site-packages leads there, as that of an installation does.
	plain, err := Foreign(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Version != embeddedVersion || plain.Home != home || plain.SitePackages != "" {
		t.Errorf("got %+v", plain)
	}
	if want := filepath.Join(home, "bin", "python3.14"); plain.SandboxExecutable() != want {
		t.Errorf("it runs as %s, want %s", plain.SandboxExecutable(), want)
	}
	if want := []Mount{{home, home}}; !slices.Equal(plain.Mounts(), want) {
		t.Errorf("it needs %v, want %v", plain.Mounts(), want)
	}
	inVenv, err := Foreign(t.Context(), filepath.Join(venv, "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(venv, "bin", "python"); inVenv.SandboxExecutable() != want {
		t.Errorf("the environment's runs as %s, want %s", inVenv.SandboxExecutable(), want)
	}
	want := []Mount{{home, home}, {venv, venv}}
	slices.SortFunc(want, func(a, b Mount) int { return strings.Compare(a.Source, b.Source) })
	if !slices.Equal(inVenv.Mounts(), want) {
		t.Errorf("the environment needs %v, want %v", inVenv.Mounts(), want)
	}
	if plain.Key == inVenv.Key {
		t.Error("an environment and its interpreter have the same key")
	}
	if err := inVenv.Close(); err != nil {
		t.Error(err)
	}
}

func TestForeignRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	_, bare := foreignPython(t, false)
	for _, test := range []struct{ name, path, want string }{
		{"no path", "", "no path was given"},
		{"not there", filepath.Join(dir, "absent"), "there is no file"},
		{"folder", dir, "is a folder"},
		{"not executable", write("data", "print()", 0o644), "chmod +x"},
		{"no program", write("text", "hello", 0o755), "does not start"},
		{"fails", write("fails", "#!/bin/sh\necho it is broken >&2\nexit 3\n", 0o755), "it is broken"},
		{"not Python", write("other", "#!/bin/sh\necho hello\n", 0o755), "does not behave like Python"},
		{"too old", write("old", "#!/bin/sh\necho '"+described("3.8.1", "[3, 8]", "cpython", "8.0")+"'\n", 0o755), "3.10 or newer"},
		{"PyPy", write("pypy", "#!/bin/sh\necho '"+described("3.11.1", "[3, 11]", "pypy", "8.0")+"'\n", 0o755), "CPython"},
		{"no IPython", bare, "-m pip install ipython"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Foreign(t.Context(), test.path)
			if !errors.Is(err, errForeign) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want errForeign with %q", err, test.want)
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Foreign(ended, bare); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func described(version, info, implementation, ipython string) string {
	return `{"version":"` + version + `","info":` + info + `,"implementation":"` + implementation +
		`","executable":"/x/bin/python","prefixes":["/x","/x","/x","/x"],"ipython":"` + ipython + `"}`
}

func TestTooWide(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]bool{
		"/": true, "/home": true, "/home/me": true, "/home/me/venv": false, "/opt": true, "/opt/conda": false, "/home/me2": false,
	} {
		if got := tooWide(dir, "/home/me"); got != want {
			t.Errorf("tooWide(%q) = %v", dir, got)
		}
	}
}
