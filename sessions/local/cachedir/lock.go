package cachedir

import (
	"os"
	"time"

	"github.com/gofrs/flock"
)

// useSuffix ends the name of the lock that keeps a folder from being removed.
const useSuffix = ".use"

// NewLock returns the lock that the file path in the program's folder stands
// for. The file is made when the lock is taken, and must not be a link.
func NewLock(path string) *flock.Flock {
	return flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
}

// NewUse returns the lock of those who use the folder dir, which they share, and
// of who removes it. Its file is beside the folder and stays when that is
// removed, as a process may have opened it to lock it. The lock of an
// installation that is borrowed is that of its owner.
func NewUse(dir string) *flock.Flock {
	path := dir + useSuffix
	if target, ok := borrowed(path); ok {
		path = target
	}
	return NewLock(path)
}

// Touch takes down that what a lock is for is in use now.
func Touch(lock *flock.Flock) error {
	now := time.Now()
	return os.Chtimes(lock.Path(), now, now)
}

// UnusedSince returns when the folder dir was last used, which is false if
// nobody took that down.
func UnusedSince(dir string) (time.Time, bool) {
	info, err := os.Lstat(dir + useSuffix)
	if err != nil || !info.Mode().IsRegular() {
		return time.Time{}, false
	}
	return info.ModTime(), true
}
