package datadir

import (
	"fmt"

	"dynamic-sessions-mcp/sessions"
)

// An account says what a folder takes of the disk: what the last survey found,
// and what uploads have added since or are adding. Concurrent uploads share the
// space that is left, since each takes from the account before it writes. It is
// guarded by the folder's mutex.
type account struct {
	counted   usage
	stored    usage            // by all uploads that are done
	uploading map[string]usage // what uploads under way have taken, by the name of their partial file
}

func (a *account) total() usage {
	sum := a.counted
	for _, u := range a.uploading {
		sum = sum.plus(u)
	}
	return sum
}

// beginCount returns a mark for endCount.
func (d *Dir) beginCount() (mark usage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.account.stored
}

// endCount records what a survey has found that began at a mark, and returns
// what the folder takes with all uploads. Whatever they stored meanwhile may have
// been found or not, and is added.
func (d *Dir) endCount(mark, found usage) usage {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.account.counted = found.plus(d.account.stored.minus(mark))
	return d.account.total()
}

// used returns what the folder takes, as far as it is known.
func (d *Dir) used() usage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.account.total()
}

// reserve takes space for the upload with a partial file of this name.
func (d *Dir) reserve(partial string, more usage) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if total := d.account.total(); total.plus(more).exceeds(d.limit) {
		return d.limit.errFull(total)
	}
	d.account.uploading[partial] = d.account.uploading[partial].plus(more)
	return nil
}

// errFull says what is left of a limit.
func (limit usage) errFull(used usage) error {
	if used.files >= limit.files {
		return fmt.Errorf("%w: it has %d files and folders of at most %d; delete files in %s first",
			sessions.ErrDiskFull, used.files, limit.files, sessions.DataDir)
	}
	return fmt.Errorf("%w: %d bytes of %d are left, which --disk sets; delete files in %s first",
		sessions.ErrDiskFull, max(limit.bytes-used.bytes, 0), limit.bytes, sessions.DataDir)
}

// reservedFor returns the bytes that an upload has taken for its partial file,
// 0 if the name is not that of one.
func (d *Dir) reservedFor(partial string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.account.uploading[partial].bytes
}

// endUpload ends an upload. Only if its file is kept does it go on to take space.
func (d *Dir) endUpload(partial string, kept bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := &d.account
	if kept {
		a.counted = a.counted.plus(a.uploading[partial])
		a.stored = a.stored.plus(a.uploading[partial])
	}
	delete(a.uploading, partial)
}
