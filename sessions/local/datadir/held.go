package local

import (
	"encoding/binary"
	"hash/fnv"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// An unlinker is a process that can hold files which have no name any more.
type unlinker interface {
	Unlinked(device uint64) (bytes int64, files, empty int, err error)
}

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

// unheld remembers that an interpreter held no deleted file, and the names of that
// moment. As long as no name goes none can be held. To look at all that a sentry
// has open takes longer than most code does.
type unheld struct {
	mu    sync.Mutex
	in    *interpreter // nil if it holds some, or was not looked at
	names names
}

// still reports whether an interpreter can hold none.
func (u *unheld) still(in *interpreter, now names) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.in == in && now.whole && u.names.sum == now.sum
}

// note records how many files were found to be held beside names that were looked
// at from a time on. Folders that were changed just then may be changed again
// without a trace.
func (u *unheld) note(in *interpreter, files int, now names, began time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.in, u.names = nil, now
	if files == 0 && now.whole && now.latest.Before(began.Add(-clockSlack)) {
		u.in = in
	}
}

// held returns what the interpreter holds of deleted files on a device, where a
// survey that began at a time has found names.
func (b *box) held(device uint64, now names, began time.Time) usage {
	in, ok := b.interpreter.made()
	if !ok {
		return usage{}
	}
	process, can := in.process.(unlinker)
	if !can || b.unheld.still(in, now) {
		return usage{}
	}
	bytes, files, empty, err := process.Unlinked(device)
	if err != nil {
		return usage{} // it has ended, and with it what it held
	}
	b.unheld.note(in, files+empty, now, began)
	return usage{bytes, files}
}
