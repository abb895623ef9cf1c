package kernel

import (
	"fmt"
	"path"
	"time"
)

// shareTimeout is how long a kernel may take to share its memory. It takes two
// seconds on a machine that has nothing else to do.
const shareTimeout = 90 * time.Second

// ShareHeap has a kernel that has run nothing yet move its memory to a file, which
// all interpreters map that are restored from its checkpoint. The kernel creates the
// file name in the folder written, and maps it from the folder mapped; both are the
// same folder of the host, which later sandboxes have at mapped. They are paths of the
// sandbox. ShareHeap returns the bytes that were moved, 0 if there were none, and why.
//
// The error is like that of Execute.
func (c *Conn) ShareHeap(written, mapped, name string) (size int64, reason string, err error) {
	c.execute.Lock()
	defer c.execute.Unlock()
	if c.dead != nil {
		return 0, "", c.dead
	}
	size, reason, c.dead = c.shareHeap(path.Join(written, name), path.Join(mapped, name))
	return size, reason, c.dead
}

func (c *Conn) shareHeap(written, mapped string) (int64, string, error) {
	c.seq++
	if err := c.request(request{Type: "share", Seq: c.seq, Written: written, Mapped: mapped}, ""); err != nil {
		return 0, "", fmt.Errorf("%w: %w", ErrDied, err)
	}
	defer c.setDeadline(shareTimeout)()
	h, p, err := readFrame(c.r)
	if err == nil {
		err = p.end()
	}
	if err == nil && (h.Type != "shared" || h.Seq != c.seq || h.Size < 0) {
		err = fmt.Errorf("%w: a frame of type %q instead of the answer to share", ErrProtocol, h.Type)
	}
	if err != nil {
		return 0, "", err
	}
	return h.Size, h.Reason, nil
}
