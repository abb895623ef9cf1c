package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"
)

// restPatience is how long Rest waits for an answer.
const restPatience = 250 * time.Millisecond

// A Rest is what a kernel says about itself between executions. It comes from
// the session: the code that runs there can make it say anything.
type Rest struct {
	// Quiet reports that no thread or process of the code runs, and no timer.
	// Threads that libraries keep are not counted: CPU shows whether they work.
	Quiet bool
	CPU   time.Duration // processor time taken since the request before this one was done with
}

// Rest tells the kernel to give back the memory that it can spare, and asks what
// is left running. A kernel that is too busy to answer at once is not quiet; its answer is passed over when it comes.
//
// It must not be called while an Execute is under way. The error is like that of
// Execute.
func (c *Conn) Rest() (Rest, error) {
	c.execute.Lock()
	defer c.execute.Unlock()
	if c.dead != nil || c.out.unread() > 0 || len(c.owed) > 0 && !c.answered() {
		return Rest{}, c.dead
	}
	c.seq++
	if err := c.request(request{Type: "rest", Seq: c.seq}, ""); err != nil {
		c.dead = fmt.Errorf("%w: %w", ErrDied, err)
		return Rest{}, c.dead
	}
	if c.owed == nil {
		c.owed = map[uint64]bool{}
	}
	c.owed[c.seq] = true
	var r Rest
	r, c.dead = c.resting()
	return r, c.dead
}

// answered reports whether something has come meanwhile from a kernel that
// owes an answer.
func (c *Conn) answered() bool {
	defer c.limit(time.Millisecond)()
	return !c.late()
}

// resting waits for the answer to the last request.
func (c *Conn) resting() (Rest, error) {
	defer c.limit(restPatience)()
	for !c.late() {
		h, p, err := readFrame(c.r)
		if err != nil {
			return Rest{}, err
		}
		if err := p.end(); err != nil {
			return Rest{}, err
		}
		if !c.settle(h) {
			return Rest{}, fmt.Errorf("%w: a frame of type %q between executions", ErrProtocol, h.Type)
		}
		if h.Seq == c.seq {
			return Rest{Quiet: h.Quiet, CPU: time.Duration(h.CPU)}, nil
		}
	}
	return Rest{}, nil
}

// late waits for a frame and reports whether it did not come in time. Nothing of
// one that has come in part is taken: a machine that is busy, or a sandbox that is
// stopped, can keep the rest of it back for long. Frames that are too long to wait
// for are not those of a kernel that is idle.
func (c *Conn) late() bool {
	head, err := c.r.Peek(frameHead)
	if err == nil {
		size := frameHead + int64(binary.BigEndian.Uint32(head)) + int64(binary.BigEndian.Uint32(head[4:]))
		if size <= int64(c.r.Size()) {
			_, err = c.r.Peek(int(size))
		}
	}
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// limit sets how long may be read. The function that it returns lifts that.
func (c *Conn) limit(patience time.Duration) (lift func()) {
	d, ok := c.source.(interface{ SetReadDeadline(time.Time) error })
	if !ok || d.SetReadDeadline(time.Now().Add(patience)) != nil {
		return func() {}
	}
	return func() { _ = d.SetReadDeadline(time.Time{}) }
}

// settle reports whether a frame is an answer that was owed, and takes note.
func (c *Conn) settle(h *header) bool {
	if h.Type != "resting" || !c.owed[h.Seq] {
		return false
	}
	delete(c.owed, h.Seq)
	return true
}
