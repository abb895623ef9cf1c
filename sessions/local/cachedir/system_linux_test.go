package cachedir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDisks has the folder on disks that cannot be used.
func TestDisks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		flags uintptr
		data  string
		fill  bool
		want  []string
	}{
		{"read-only", syscall.MS_RDONLY, "mode=0700", false, []string{"is on a disk that is mounted read-only", "mount it read-write"}},
		{"noexec", syscall.MS_NOEXEC, "mode=0700", false, []string{"mounted noexec", "mount -o remount,exec", "another disk with --cache-dir"}},
		{"full", 0, "mode=0700,size=64k", true, []string{"the disk of", "is full", "free some space"}},
		{"without room for a folder", 0, "mode=0700,nr_inodes=1", false, []string{"is full"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := real(t)
			if err := syscall.Mount("tmpfs", dir, "tmpfs", tt.flags, tt.data); err != nil {
				t.Skipf("mounting a disk takes root: %v", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
			if tt.fill {
				_ = os.WriteFile(filepath.Join(dir, "big"), make([]byte, 1<<20), 0o600)
			}
			for _, ask := range []string{dir, filepath.Join(dir, "cache")} {
				got, err := Open(ask)
				if err == nil {
					err = CheckPrograms(got)
				}
				if !errors.Is(err, ErrUnusable) {
					t.Fatalf("%s: got %v", ask, err)
				}
				for _, want := range append(tt.want, dir, "--cache-dir") {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not say %q", err, want)
					}
				}
			}
		})
	}
	if err := CheckPrograms(real(t)); err != nil {
		t.Errorf("an ordinary disk: %v", err)
	}
}

// TestRemoveTreeLeavesMounts removes around a disk that is mounted in a tree.
func TestRemoveTreeLeavesMounts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(real(t), "tree")
	for _, at := range []string{"mount", "a/b/mount"} {
		write(t, filepath.Join(dir, at, "hidden"), "")
		if err := syscall.Mount("tmpfs", filepath.Join(dir, at), "tmpfs", 0, "mode=0700"); err != nil {
			t.Skipf("mounting a disk takes root: %v", err)
		}
		write(t, filepath.Join(dir, at, "precious"), "data")
		d, err := os.Open(filepath.Join(dir, at))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if names, err := d.Readdirnames(-1); err != nil || len(names) != 1 {
				t.Errorf("%s: left are %v, %v", at, names, err)
			}
			d.Close()
		})
	}
	err := RemoveTree(dir)
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); strings.HasPrefix(fields[1], dir) {
			_ = syscall.Unmount(fields[1], syscall.MNT_DETACH)
		}
	}
	if !errors.Is(err, syscall.EBUSY) {
		t.Errorf("got %v", err)
	}
	if err := RemoveTree(dir); err != nil || exists(dir) {
		t.Errorf("without mounts: %v", err)
	}
}

func TestMapped(t *testing.T) {
	t.Parallel()
	for table, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"0 1000 1\n":                         false,
		"0 1000 1\n1 100000 65536\n":         true,
		"0 100000 65534\n":                   false,
		"garbage\n":                          false,
		"":                                   false,
	} {
		if got := mapped(table, overflowUID); got != want {
			t.Errorf("%q: %v", table, got)
		}
	}
}
