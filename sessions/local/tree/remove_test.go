//go:build unix

package tree

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRemoveAll removes a tree that is deeper than paths may be long, in which
// code has taken away every right, and what is beside it stays.
func TestRemoveAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	at := root
	for range 3000 {
		if err := errors.Join(at.Mkdir("a", 0o700), at.Symlink(outside, "link")); err != nil {
			t.Fatal(err)
		}
		below, err := at.OpenRoot("a")
		if err != nil {
			t.Fatal(err)
		}
		if at != root {
			_ = at.Chmod(".", 0)
			at.Close()
		}
		at = below
	}
	at.Close()
	f, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	began := time.Now()
	if err := f.RemoveAll(context.Background(), "a"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := root.Lstat("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("what links led to: %v", err)
	}
}
