package basesystem

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestFullDisk leaves nothing half made, and says which disk it is.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=1m,mode=700"); err != nil {
		t.Skipf("making a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	o := Options{CacheDir: filepath.Join(disk, "cache"), SystemDir: cachedir.NoShared, File: save(t, small(t))}
	if _, err := Use(t.Context(), o); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "is full") || !strings.Contains(err.Error(), "--cache-dir") {
		t.Errorf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(o.CacheDir, "system-*", "*")); err != nil || len(left) != 0 {
		t.Errorf("%q is left, %v", left, err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, "size=100m"); err != nil {
		t.Fatal(err)
	}
	s := use(t, o)
	if _, err := os.Stat(filepath.Join(s.Folder(), "etc")); err != nil {
		t.Error(err)
	}
}
