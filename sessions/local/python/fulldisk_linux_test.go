//go:build amd64 || arm64

package python

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestDownloadToFullDisk asserts that the error names the disk that is full, that what
// is there is not taken for all packages, and that the next download completes it.
func TestDownloadToFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=4k"); err != nil { // of one file
		t.Skipf("making a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	x := newIndex(t, "first", "second")
	dir := filepath.Join(disk, "packages")
	opts := Options{CacheDir: t.TempDir(), SystemDir: cachedir.NoShared}
	err := download(t.Context(), opts, dir, x.recipe("first", "second"))
	if !errors.Is(err, errNoSpace) || !strings.Contains(err.Error(), "the disk of "+dir+" is full") || !strings.Contains(err.Error(), "--download") {
		t.Errorf("got %v", err)
	}
	if err := checkFrom(dir); err == nil {
		t.Error("a part is taken for the whole")
	}
	checkDirectory(t, opts.CacheDir, "install.lock", cachedir.Marker)
	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, "size=1m"); err != nil {
		t.Fatal(err)
	}
	if err := download(t.Context(), opts, dir, x.recipe("first", "second")); err != nil {
		t.Fatal(err)
	}
	checkDirectory(t, dir, wheelFile("first"), wheelFile("second"), "requirements.txt")
}
