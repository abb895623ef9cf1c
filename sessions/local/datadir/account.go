package local

import (
	"fmt"
	"sync"

	"dynamic-sessions-mcp/sessions"
)

// An account says what a session takes of the disk: what the last survey found,
// and what uploads have added since or are adding. Uploads that run side by side
// share the room that is left, since each takes from the account before it
// writes.
type account struct {
	limit    usage
	hostDisk func(dir string) hostDisk

	mu      sync.Mutex
	counted usage
	brought usage            // by all uploads that are done
	under   map[string]usage // what uploads have taken that are under way, by the name of their partial file
}

func newAccount(opts Options) *account {
	return &account{
		limit:    usage{opts.Disk, opts.maxFiles},
		hostDisk: opts.hostDisk,
		under:    map[string]usage{},
	}
}

func (a *account) lookAtHost(dir string) hostDisk { return a.hostDisk(dir) }

// mark is for set.
func (a *account) mark() usage {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.brought
}

// set takes down what a survey has found that began at a mark, and returns what
// the session takes with all uploads. What they brought meanwhile may have been
// found or not, and is added.
func (a *account) set(mark, found usage) usage {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counted = found.plus(a.brought.minus(mark))
	return a.total()
}

// now returns what the session takes, as far as it is known.
func (a *account) now() usage {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.total()
}

func (a *account) total() usage {
	sum := a.counted
	for _, u := range a.under {
		sum = sum.plus(u)
	}
	return sum
}

// reserve takes room for the upload with a partial file of this name.
func (a *account) reserve(partial string, more usage) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if total := a.total(); total.plus(more).exceeds(a.limit) {
		return a.noRoom(total)
	}
	a.under[partial] = a.under[partial].plus(more)
	return nil
}

// noRoom says what is left.
func (a *account) noRoom(total usage) error {
	if total.files >= a.limit.files {
		return fmt.Errorf("%w: it has %d files and folders of at most %d; delete files in %s first",
			sessions.ErrDiskFull, total.files, a.limit.files, sessions.DataDir)
	}
	return fmt.Errorf("%w: %d bytes of %d are left; delete files in %s first",
		sessions.ErrDiskFull, max(a.limit.bytes-total.bytes, 0), a.limit.bytes, sessions.DataDir)
}

// reservedFor returns the bytes that an upload has taken for its partial file,
// 0 if the name is not that of one.
func (a *account) reservedFor(partial string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.under[partial].bytes
}

// done ends an upload. Only if its file is kept does it go on to take room.
func (a *account) done(partial string, kept bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if kept {
		a.counted = a.counted.plus(a.under[partial])
		a.brought = a.brought.plus(a.under[partial])
	}
	delete(a.under, partial)
}
