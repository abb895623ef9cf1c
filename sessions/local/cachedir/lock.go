package cachedir

import (
	"os"
	"time"

	"github.com/gofrs/flock"
)

// LockPoll is how often a lock that another process holds is to be tried.
const LockPoll = 20 * time.Millisecond

// NewLock returns the lock that the file path in the program's folder stands
// for. The file is made when the lock is taken, and must not be a link.
func NewLock(path string) *flock.Flock {
	return flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
}
