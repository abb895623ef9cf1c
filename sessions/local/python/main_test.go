//go:build linux && (amd64 || arm64)

package python

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// childInstall, in the environment, makes this test program install packages:
// its lines are the cache folder, the address of the index, a folder with the
// interpreter, and the requirements.
const childInstall = "PYTHON_TEST_INSTALL"

// extracted holds the embedded interpreter, which takes long to unpack under
// the race detector, for all tests.
var extracted struct {
	dir  string
	once sync.Once
	err  error
}

func TestMain(m *testing.M) {
	if setting, ok := os.LookupEnv(childInstall); ok {
		installInChild(strings.SplitN(setting, "\n", 4))
		return
	}
	dir, err := os.MkdirTemp("", "interpreter-test-")
	if err != nil {
		panic(err)
	}
	extracted.dir = filepath.Join(dir, "interpreter")
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func installInChild(setting []string) {
	_, err := install(context.Background(), Options{CacheDir: setting[0]}, recipe{
		requirements: []byte(setting[3]),
		environ:      indexEnvironment(setting[1]),
		extract:      func(dir string) error { return linkTree(setting[2], dir) },
	})
	if err != nil {
		panic(err)
	}
}

// interpreter returns the folder with the embedded interpreter as it is unpacked.
func interpreter(t *testing.T) string {
	t.Helper()
	extracted.once.Do(func() { extracted.err = extractInterpreter(extracted.dir) })
	if extracted.err != nil {
		t.Fatal(extracted.err)
	}
	return extracted.dir
}

// linkTree makes a copy of a folder with links to the same files.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Link(path, target)
	})
}
