package local_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// TestSmallDisk has its cache folder on disks on which there is no room for a
// snapshot, and for a snapshot but not for a checkpoint beside it.
func TestSmallDisk(t *testing.T) {
	t.Parallel()
	private := privateCache(t)
	for _, size := range []string{"40m", "140m"} {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
			t.Skipf("making a small disk needs the right to mount: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		linkInstallation(t, private, dir)
		pool := newPool(t, local.Options{Cooldown: time.Millisecond, CacheDir: dir})
		id := sessions.NewID()
		execute(t, pool, id, "v = 1; open('a.txt', 'w').write('here')")
		sleep(t, pool, id)
		x := execute(t, pool, id, "'v' in globals(), open('a.txt').read()")
		if x.Restart != sessions.RestartSleep || x.Text != "(False, 'here')" {
			t.Errorf("%s: restart %q, %s, %+v", size, x.Restart, x.Text, x.Error)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "run", "*", "image-*")); err != nil || len(left) > 1 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*", "making-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		if left, err := os.ReadDir(filepath.Join(dir, "run")); err != nil || len(left) != 1 {
			t.Errorf("left behind: %v, %v", left, err) // the lock is left
		}
	}
}
