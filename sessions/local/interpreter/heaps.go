package interpreter

import (
	"errors"
	"io"
	"os"
	"sync"

	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// errHeapChanged says that a heap is not what it was when it was made.
var errHeapChanged = errors.New("the file has changed")

// heaps are the heaps whose content has been looked at, by their paths. Its methods
// may be called concurrently.
type heaps struct {
	mu      sync.Mutex
	checked map[string]checkedHeap
}

type checkedHeap struct {
	os.FileInfo
	sum string
}

func (c checkedHeap) is(now os.FileInfo, sum string) bool {
	return c.sum == sum && os.SameFile(c.FileInfo, now) && c.Size() == now.Size() && c.ModTime().Equal(now.ModTime())
}

// check reports whether a heap has the content that belongs to a checksum. It reads the
// file once, and again if its times say that it was changed. The error wraps
// fs.ErrNotExist if there is none, and errHeapChanged if it has another content.
func (h *heaps) check(path, sum string) error {
	now, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !now.Mode().IsRegular() {
		return errHeapChanged
	}
	h.mu.Lock()
	was, known := h.checked[path]
	h.mu.Unlock()
	if known && was.is(now, sum) {
		return nil
	}
	switch got, err := snapshot.Sum(path); {
	case err != nil:
		return err
	case got != sum:
		return errHeapChanged
	}
	h.note(path, checkedHeap{now, sum})
	return nil
}

// trust records that somebody else has just checked a heap.
func (h *heaps) trust(path, sum string) {
	if now, err := os.Lstat(path); err == nil && now.Mode().IsRegular() {
		h.note(path, checkedHeap{now, sum})
	}
}

func (h *heaps) note(path string, c checkedHeap) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.checked == nil {
		h.checked = map[string]checkedHeap{}
	}
	h.checked[path] = c
}

// copyHeap copies a heap. The copy has its name when it is whole.
func copyHeap(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	partial := to + ".partial"
	out, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(partial, to)
	}
	if err != nil {
		_ = os.Remove(partial)
	}
	return err
}
