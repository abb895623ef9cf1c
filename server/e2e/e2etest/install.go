package e2etest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// installed returns a folder of the user's cache that install has filled, now
// or in an earlier run. The folder's name tells the files that what is in it
// depends on. It appears when it is whole, so several tests may install at once.
func installed(t *testing.T, name string, dependsOn []string, install func(dir string)) string {
	t.Helper()
	digest := sha256.New()
	fmt.Fprintln(digest, runtime.GOOS, runtime.GOARCH)
	for _, path := range dependsOn {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(digest, "%s %d\n%s", filepath.Base(path), len(data), data)
	}
	cache := filepath.Join(CacheHome(t), "dynamic-sessions-mcp-clients")
	dir := filepath.Join(cache, fmt.Sprintf("%s-%x", name, digest.Sum(nil)[:6]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	partial, err := os.MkdirTemp(cache, ".new-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(partial)
	install(partial)
	if err := os.Rename(partial, dir); err != nil {
		if _, other := os.Stat(dir); other != nil { // else another process was faster
			t.Fatal(err)
		}
	}
	return dir
}

// pythonFiles are what the clients' interpreter depends on.
func pythonFiles(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		paths = append(paths, Testdata(t, "clients", "python", name))
	}
	return paths
}

// clientPython installs the interpreter of the clients, and pip beside it. It
// comes with Go, so that nothing has to be there.
func clientPython(t *testing.T) string {
	t.Helper()
	return installed(t, "python", pythonFiles(t), func(dir string) {
		run(t, Testdata(t, "clients", "python"), "go", "run", ".", dir)
	})
}

// PythonClient installs a client's locked packages in a virtual environment of
// its own and returns its interpreter.
func PythonClient(t *testing.T, name string) string {
	t.Helper()
	lock := Testdata(t, "clients", name, "requirements.txt")
	dependsOn := append(pythonFiles(t), lock)
	build := Testdata(t, "clients", name, "build.txt")
	if _, err := os.Stat(build); err == nil {
		dependsOn = append(dependsOn, build)
		// An option would not reach the pip that gets what a build needs.
		t.Setenv("PIP_CONSTRAINT", build)
	}
	python := clientPython(t)
	dir := installed(t, name, dependsOn, func(dir string) {
		run(t, "", filepath.Join(python, "interpreter", "bin", "python3"), "-m", "venv", "--without-pip", dir)
		// Of what is installed little is imported: Python compiles that by itself.
		run(t, "", filepath.Join(dir, "bin", "python"), filepath.Join(python, "pip", "pip"), "install", "--quiet",
			"--disable-pip-version-check", "--require-hashes", "--no-deps", "--no-compile", "-r", lock)
	})
	return filepath.Join(dir, "bin", "python")
}

// NodeClient installs a client's locked packages and returns the folder that
// they are in. Node looks for them from where the program lies, so that is
// copied there.
func NodeClient(t *testing.T, name string) string {
	t.Helper()
	return NPMFolder(t, name, Testdata(t, "clients", name), "client.mjs")
}

// NPMFolder installs the packages that a folder has locked, and returns where.
// The files are copied beside them.
func NPMFolder(t *testing.T, name, source string, files ...string) string {
	t.Helper()
	var paths []string
	for _, file := range append([]string{"package.json", "package-lock.json"}, files...) {
		paths = append(paths, filepath.Join(source, file))
	}
	return installed(t, name, paths, func(dir string) {
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run(t, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	})
}

// run runs a step of an installation.
func run(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PYTHON") })
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}
