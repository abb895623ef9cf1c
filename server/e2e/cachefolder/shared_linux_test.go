//go:build !race

package cachefolder

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestUsersOfOneInstallation starts servers of several users at the same time over one
// installation. Each must have sessions without a download or a snapshot of its own, and
// nothing in the installation may change.
func TestUsersOfOneInstallation(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to another")
	}
	dir := openFolder(t)
	program, shared := filepath.Join(dir, "dynamic-sessions-mcp"), filepath.Join(dir, "shared")
	if out, err := exec.Command("install", "-m", "755", e2etest.Program(t), program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(program, "setup", "--shared", "--system-dir="+shared).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before := stateOf(t, shared)
	var users sync.WaitGroup
	for n := range usersAtOnce {
		uid := someUser + 1 + n
		home := filepath.Join(dir, fmt.Sprint("home-", uid))
		if err := os.Mkdir(home, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(home, uid, uid); err != nil {
			t.Fatal(err)
		}
		users.Go(func() {
			if said := runAs(t, uid, home, program, "serve", "--out=none", "--system-dir="+shared); strings.Contains(said, "package index") {
				t.Errorf("user %d downloads: %s", uid, said)
			}
		})
	}
	users.Wait()
	compare(t, "the shared installation", before, stateOf(t, shared))
	own, err := filepath.Glob(filepath.Join(dir, "home-*", ".cache", "dynamic-sessions-mcp", "python-*"))
	if err != nil || len(own) != 0 {
		t.Errorf("users have installations of their own: %q, %v", own, err)
	}
	// That of root does not fit them.
	if taken, err := filepath.Glob(filepath.Join(dir, "home-*", ".cache", "dynamic-sessions-mcp", "snapshots", "*", "pages.img")); err != nil || len(taken) != 0 {
		t.Errorf("users have snapshots of their own: %q, %v", taken, err)
	}
	if caches, err := filepath.Glob(filepath.Join(dir, "home-*", ".cache", "dynamic-sessions-mcp")); err != nil || len(caches) != usersAtOnce {
		t.Errorf("the users' folders are %q, %v", caches, err)
	}
}

// stateOf describes everything in a folder, with the times at which it was changed.
func stateOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	walk(t, dir, func(path string, info fs.FileInfo) {
		stat := info.Sys().(*syscall.Stat_t)
		all[path] = fmt.Sprint(info.Mode(), stat.Uid, info.Size(), info.ModTime().UnixNano(), stat.Nlink)
	})
	return all
}
