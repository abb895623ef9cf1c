package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestRemoveOldSnapshots keeps the snapshots that were used last, and those
// that a server uses.
func TestRemoveOldSnapshots(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	const own, recent, older, third = "0000000000000001", "0000000000000002", "0000000000000003", "0000000000000004"
	const inUse, ancient = "0000000000000005", "0000000000000006"
	for name, age := range map[string]time.Duration{
		own: 0, recent: time.Hour, older: 2 * time.Hour, third: 3 * time.Hour,
		inUse: 4 * time.Hour, ancient: 30 * 24 * time.Hour,
		"making-1": time.Minute, "making-2": 2 * time.Hour, "making-notes": 2 * time.Hour, "holiday": 30 * 24 * time.Hour,
	} {
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "pages.img"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	p := &Pool{}
	other := &engine{} // of another server
	if err := other.useSnapshot(t.Context(), filepath.Join(parent, inUse)); err != nil {
		t.Fatal(err)
	}
	defer other.inUse.Close()
	p.removeOldSnapshots(parent, own)
	check := func(want ...string) {
		t.Helper()
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			if e.IsDir() {
				got = append(got, e.Name())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("left are %v, want %v", got, want)
		}
	}
	check(own, recent, older, inUse, "holiday", "making-1", "making-notes")

	// Age alone is a reason too.
	at := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(filepath.Join(parent, recent), at, at); err != nil {
		t.Fatal(err)
	}
	other.inUse.Close()
	p.removeOldSnapshots(parent, own)
	check(own, older, inUse, "holiday", "making-1", "making-notes")
}

// TestVerifySnapshot tells a whole snapshot from what is none.
func TestVerifySnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := verifySnapshot(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without checksums: %v", err)
	}
	path := filepath.Join(dir, "pages.img")
	if err := os.WriteFile(path, []byte("pages"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeSums(dir); err != nil {
		t.Fatal(err)
	}
	if err := verifySnapshot(dir); err != nil {
		t.Errorf("whole: %v", err)
	}
	if err := os.WriteFile(path, []byte("Pages"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verifySnapshot(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("changed: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := verifySnapshot(dir); err == nil {
		t.Error("a file is missing, and nothing is said")
	}
}
