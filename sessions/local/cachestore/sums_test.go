package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestVerifySums tells a whole item from what is none.
func TestVerifySums(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := verifySums(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without checksums: %v", err)
	}
	path := filepath.Join(dir, "pages.img")
	if err := os.WriteFile(path, []byte("pages"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeSums(dir); err != nil {
		t.Fatal(err)
	}
	if err := verifySums(dir); err != nil {
		t.Errorf("whole: %v", err)
	}
	if err := os.WriteFile(path, []byte("Pages"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verifySums(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("changed: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := verifySums(dir); err == nil {
		t.Error("a file is missing, and nothing is said")
	}
}
