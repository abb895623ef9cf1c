package demo

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOutFolder writes nothing to a folder in which there is something.
func TestOutFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "a", "b")} {
		if got, err := outFolder(path); err != nil || got != path {
			t.Errorf("a new or empty one: %q, %v", got, err)
		}
	}
	for range 2 {
		got, err := outFolder(dir)
		if err != nil || filepath.Dir(got) != dir {
			t.Errorf("one in use: %q, %v", got, err)
		}
		if entries, err := os.ReadDir(got); err != nil || len(entries) > 0 {
			t.Errorf("it has %v, %v", entries, err)
		}
	}
}
