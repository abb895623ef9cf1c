package cachedir

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// overflowUID is the owner that the kernel shows for one who has no number in
// this user namespace.
const overflowUID = 65534

// unmapped reports whether the owner has no number in this user namespace.
func unmapped(uid int) bool {
	if uid != overflowUID {
		return false
	}
	data, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && !mapped(string(data), uid)
}

// mapped reports whether a table of user numbers has a number.
func mapped(table string, uid int) bool {
	for lines := bufio.NewScanner(strings.NewReader(table)); lines.Scan(); {
		var first, host, count int
		if n, _ := fmt.Sscan(lines.Text(), &first, &host, &count); n == 3 && first <= uid && uid-first < count {
			return true
		}
	}
	return false
}

// CheckPrograms reports whether programs may be run from the program's folder
// dir. The error wraps [ErrUnusable].
func CheckPrograms(dir string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return explain(dir, &fs.PathError{Op: "statfs", Path: dir, Err: err})
	}
	if st.Flags&unix.ST_NOEXEC == 0 {
		return nil
	}
	at := mountPoint(dir)
	return fmt.Errorf("%w: %s is on a disk that is mounted noexec (%s), so that no program can be run from there; "+
		"run 'mount -o remount,exec %s' as root, or name a folder on another disk with --cache-dir", ErrUnusable, dir, at, at)
}

// mountPoint returns the folder at which the disk of dir is mounted.
func mountPoint(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if parent == dir || device(parent) != device(dir) {
			return dir
		}
		dir = parent
	}
}

func device(path string) uint64 {
	var st syscall.Stat_t
	if syscall.Lstat(path, &st) != nil {
		return 0
	}
	return st.Dev
}
