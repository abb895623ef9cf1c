//go:build unix

package hostfs

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipesAreNotRead asserts that a pipe, which would keep its reader waiting, is
// refused.
func TestPipesAreNotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := Open([]string{dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, _, err := h.read(pipe); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}
