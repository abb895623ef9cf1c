package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestSurveyFindsAll hides a file in a folder that nobody may read, gives
// another two names and puts folders into each other, and looks at all of it.
func TestSurveyFindsAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hidden := filepath.Join(dir, "hidden")
	deep := dir
	for range maxDepth + 5 {
		deep = filepath.Join(deep, "d")
	}
	err := errors.Join(
		os.Mkdir(hidden, 0o700),
		os.WriteFile(filepath.Join(hidden, "f"), make([]byte, 1<<20), 0o600),
		os.Chmod(hidden, 0),
		os.WriteFile(filepath.Join(dir, "f"), make([]byte, 1<<20), 0o600),
		os.Link(filepath.Join(dir, "f"), filepath.Join(dir, "g")),
		os.MkdirAll(deep, 0o700))
	if err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(hidden, 0o700)
	v, err := open(t, dir, Options{}).survey(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if v.bytes < 2<<20 || v.bytes > 3<<20 || v.files != 4+maxDepth+1 || !v.deep {
		t.Errorf("found %d bytes in %d files, deep %v", v.bytes, v.files, v.deep)
	}
	if info, err := os.Stat(hidden); err != nil || info.Mode().Perm() != 0 {
		t.Errorf("the folder has the mode %v, %v", info.Mode(), err)
	}
}
