package toolstest

import (
	"io/fs"
	"os"
	"runtime"
	"testing"
	"time"
)

// Link makes a symbolic link at a path, as [os.Symlink] does, and reports whether the
// system has such links. Windows has them only for those who may make them.
func Link(t *testing.T, to, at string) bool {
	t.Helper()
	err := os.Symlink(to, at)
	if err == nil {
		_, err = os.Lstat(at)
	}
	if err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	return err == nil
}

// CheckMode checks the permissions of a file, where the system has such.
func CheckMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
	} else if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
		t.Errorf("%s has the permissions %v, want %v", path, got, want)
	}
}

// Later returns when the system's clock, which may be coarse, shows another time.
func Later() {
	for now := time.Now(); !time.Now().After(now); {
		runtime.Gosched()
	}
}
