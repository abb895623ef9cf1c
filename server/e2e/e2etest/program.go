package e2etest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// root returns the folder of the module.
func root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("the test does not run in the module")
		}
		dir = parent
	}
}

// Testdata returns a path in the module's testdata.
func Testdata(tb testing.TB, path ...string) string {
	tb.Helper()
	return filepath.Join(append([]string{root(tb), "testdata"}, path...)...)
}

// CacheHome returns the user's cache folder.
func CacheHome(tb testing.TB) string {
	tb.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// Program builds the program as users are told to and returns its path. All test
// binaries of a checkout share the file: go build replaces it only if the source
// has changed, so that the program is linked once in a run of the tests.
func Program(tb testing.TB) string {
	tb.Helper()
	root := root(tb)
	dir := filepath.Join(CacheHome(tb), "dynamic-sessions-mcp-ci", fmt.Sprintf("program-%x", sha256.Sum256([]byte(root)))[:20])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, "dynamic-sessions-mcp")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	lock := cachedir.NewLock(filepath.Join(dir, "lock"))
	if err := lock.Lock(); err != nil {
		tb.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err = errors.Join(err, lock.Unlock()); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
