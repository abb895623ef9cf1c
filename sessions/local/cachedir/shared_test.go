package cachedir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestShare: what is shared can be read by all, and stays closed where it is not.
func TestShare(t *testing.T) {
	t.Parallel()
	dir, err := Open(filepath.Join(t.TempDir(), "shared"))
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"python/bin/run": 0o700, "python/lib/text": 0o600, "run/secret": 0o600} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, mode)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Shared(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	if err := Share(dir, "python"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err != nil { // it stays open
		t.Fatal(err)
	}
	if got, err := Shared(dir); err != nil || got != dir {
		t.Errorf("got %s, %v", got, err)
	}
	for name, want := range map[string]os.FileMode{".": 0o755, "python": 0o755, "python/bin/run": 0o755, "python/lib/text": 0o644, "run": 0o700, "run/secret": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// TestSharedIsTrusted: nobody else may be able to put programs there.
func TestSharedIsTrusted(t *testing.T) {
	t.Parallel()
	dir, err := Open(filepath.Join(t.TempDir(), "shared"))
	if err == nil {
		err = Share(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{NoShared, filepath.Join(dir, "nothing")} {
		if got, err := Shared(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := Shared(dir); !errors.Is(err, ErrUnusable) {
		t.Errorf("others may write there: got %s, %v", got, err)
	}
}
