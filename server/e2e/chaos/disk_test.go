//go:build chaos && linux

package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// diskSize is the size of the cache folder's disk: room for what the servers
// need, and little more.
const diskSize = 3 << 30

// A disk is where the cache folder is. As root it is a file system of its own.
type disk struct {
	cache string
	mount string // "" if it is not
}

// newDisk makes a cache folder into which the interpreter was installed before.
func newDisk(t *testing.T, binary string) *disk {
	t.Helper()
	d := &disk{}
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		d.mount = filepath.Join(dir, "disk")
		image := filepath.Join(dir, "image")
		makeImage(t, image, d.mount)
		t.Cleanup(func() { command(t, "umount", "-R", "-l", d.mount) })
		dir = d.mount
	}
	d.cache = filepath.Join(dir, "cache")
	if out, err := exec.CommandContext(t.Context(), binary, "setup", "--cache-dir="+d.cache).CombinedOutput(); err != nil {
		t.Fatalf("setup: %v: %s", err, out)
	}
	return d
}

func makeImage(t *testing.T, image, mount string) {
	t.Helper()
	if err := os.Mkdir(mount, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, diskSize); err != nil {
		t.Fatal(err)
	}
	command(t, "mkfs.ext4", "-q", image)
	command(t, "mount", "-o", "loop", image, mount)
	if err := os.Chmod(mount, 0o700); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v: %s", name, args, err, out)
	}
}

// fill takes the room of the disk but for a few bytes. The function that it
// returns gives it back.
func (d *disk) fill(left int64) (empty func(), err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(d.mount, &fs); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(d.mount, "ballast"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	take := int64(fs.Bfree)*fs.Bsize - left
	if err := unix.Fallocate(int(f.Fd()), 0, 0, max(take, 1)); err != nil {
		_ = os.Remove(f.Name())
		return nil, err
	}
	return func() { _ = os.Remove(f.Name()) }, nil
}

// freeze lets whatever writes to the disk wait for a while.
func (d *disk) freeze(t *testing.T, for_ time.Duration) {
	const freeze, thaw = 0xc0045877, 0xc0045878 // FIFREEZE, FITHAW; linux/fs.h
	f, err := os.Open(d.mount)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if err := unix.IoctlSetInt(int(f.Fd()), freeze, 0); err != nil {
		t.Errorf("freezing the disk: %v", err)
		return
	}
	time.Sleep(for_)
	if err := unix.IoctlSetInt(int(f.Fd()), thaw, 0); err != nil {
		t.Errorf("the disk stays frozen: %v", err)
	}
}
