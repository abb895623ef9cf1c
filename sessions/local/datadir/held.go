package datadir

import (
	"encoding/binary"
	"hash/fnv"
	"time"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// names tell whether any name came or went below a folder: they are made of when
// each folder was last changed, which no program can set.
type names struct {
	sum    uint64
	latest time.Time // when the last of the folders was changed
	whole  bool      // every folder was looked at
}

// add takes a folder in, in any order.
func (n *names) add(folder tree.Info) {
	h := fnv.New64a()
	var b [24]byte
	binary.LittleEndian.PutUint64(b[:], folder.ID.Device)
	binary.LittleEndian.PutUint64(b[8:], folder.ID.Inode)
	binary.LittleEndian.PutUint64(b[16:], uint64(folder.Changed.UnixNano()))
	h.Write(b[:])
	n.sum += h.Sum64()
	if folder.Changed.After(n.latest) {
		n.latest = folder.Changed
	}
}

// unheld remembers that a process held no deleted file, and the names at that moment:
// as long as no name goes, none can be held. To look at everything that a sentry has
// open takes longer than most code runs. It is guarded by the folder's mutex.
type unheld struct {
	by    Process // nil if it holds some, or was not looked at
	names names
}

// still reports whether a process can hold none.
func (u *unheld) still(by Process, now names) bool {
	return u.by == by && now.whole && u.names.sum == now.sum
}

// note records how many files were found to be held beside names that were looked
// at from a time on. Folders that were changed just then may be changed again
// without a trace.
func (u *unheld) note(by Process, files int, now names, began time.Time) {
	*u = unheld{names: now}
	if files == 0 && now.whole && now.latest.Before(began.Add(-clockSlack)) {
		u.by = by
	}
}

// held returns what the process holds of deleted files on a device, where a
// survey that began at a time has found names.
func (d *Dir) held(device uint64, now names, began time.Time) usage {
	by := d.process()
	if by == nil || d.holdsNone(by, now) {
		return usage{}
	}
	bytes, files, empty, err := by.Unlinked(device)
	if err != nil {
		return usage{} // it has ended, and with it what it held
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unheld.note(by, files+empty, now, began)
	return usage{bytes, files}
}

func (d *Dir) holdsNone(by Process, now names) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unheld.still(by, now)
}
