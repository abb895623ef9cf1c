package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"
)

const (
	// idleTimeout is how long IdleReport waits for an answer, and releaseTimeout how
	// long ReleaseFiles does: a session that sleeps with files of the user open does
	// not wake if they are gone.
	idleTimeout    = 250 * time.Millisecond
	releaseTimeout = 5 * time.Second
)

// An IdleReport is what a kernel says about itself between executions. It comes
// from the session, whose code can forge it.
type IdleReport struct {
	// Answered reports that the kernel has answered in time. The rest is zero if not.
	Answered bool
	// Idle reports that no thread, process or timer of the code is left. It does
	// not count threads of libraries: CPU shows whether those work.
	Idle bool
	// Tasks reports that a task of asyncio is not done, or a callback is to be called.
	Tasks bool
	CPU   time.Duration // processor time used since the kernel finished the previous request
}

// IdleReport tells the kernel to return unused memory to the system, and asks
// what is left running. A kernel that is too busy to answer within a quarter of
// a second is reported as not idle; its answer is skipped when it comes.
//
// IdleReport waits for an Execute that is under way. The error is like that of
// Execute.
func (c *Conn) IdleReport() (IdleReport, error) {
	return c.askIdle(request{Type: "idle"}, time.Millisecond, idleTimeout)
}

// ReleaseFiles has the kernel let go of what code has open of the user's folders,
// since the session is about to sleep. It opens it again before it answers the next
// request. One that does not answer for seconds sleeps with its files open.
func (c *Conn) ReleaseFiles() error {
	_, err := c.askIdle(request{Type: "idle", Release: true}, releaseTimeout, releaseTimeout)
	return err
}

// askIdle sends ask and awaits its answer for as long as patience. It sends nothing
// to a kernel that owes an answer to an earlier request and does not begin with that
// within before.
func (c *Conn) askIdle(ask request, before, patience time.Duration) (IdleReport, error) {
	c.execute.Lock()
	defer c.execute.Unlock()
	if c.dead != nil || c.out.unread() > 0 || len(c.unanswered) > 0 && !c.hasAnswered(before) {
		return IdleReport{}, c.dead
	}
	c.seq++
	ask.Seq = c.seq
	if err := c.request(ask, ""); err != nil {
		c.dead = fmt.Errorf("%w: %w", ErrDied, err)
		return IdleReport{}, c.dead
	}
	if c.unanswered == nil {
		c.unanswered = map[uint64]bool{}
	}
	c.unanswered[c.seq] = true
	var r IdleReport
	r, c.dead = c.awaitReport(patience)
	return r, c.dead
}

// hasAnswered reports whether anything has come from a kernel that did not answer
// in time, or comes now.
func (c *Conn) hasAnswered(patience time.Duration) bool {
	defer c.setDeadline(patience)()
	return !c.timedOut()
}

// awaitReport waits for the answer to the last request.
func (c *Conn) awaitReport(patience time.Duration) (IdleReport, error) {
	defer c.setDeadline(patience)()
	for !c.timedOut() {
		h, p, err := readFrame(c.r)
		if err != nil {
			return IdleReport{}, err
		}
		if err := p.end(); err != nil {
			return IdleReport{}, err
		}
		if !c.takeReport(h) {
			return IdleReport{}, fmt.Errorf("%w: a frame of type %q between executions", ErrProtocol, h.Type)
		}
		if h.Seq == c.seq {
			return IdleReport{Answered: true, Idle: h.Idle, Tasks: h.Tasks, CPU: time.Duration(h.CPU)}, nil
		}
	}
	return IdleReport{}, nil
}

// timedOut waits for a frame and reports whether the deadline came first. It
// leaves a part of a frame unread: a busy machine or a stopped sandbox can hold
// back what follows for long. It does not wait for a frame that is longer than
// the buffer, as no idle kernel sends one.
func (c *Conn) timedOut() bool {
	head, err := c.r.Peek(frameHead)
	if err == nil {
		size := frameHead + int64(binary.BigEndian.Uint32(head)) + int64(binary.BigEndian.Uint32(head[4:]))
		if size <= int64(c.r.Size()) {
			_, err = c.r.Peek(int(size))
		}
	}
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// setDeadline bounds how long reads may take together, where the reader has
// deadlines. The function that it returns removes the bound.
func (c *Conn) setDeadline(timeout time.Duration) (remove func()) {
	d, ok := c.source.(interface{ SetReadDeadline(time.Time) error })
	if !ok || d.SetReadDeadline(time.Now().Add(timeout)) != nil {
		return func() {}
	}
	return func() { _ = d.SetReadDeadline(time.Time{}) }
}

// takeReport reports whether a frame answers an IdleReport, and notes that.
func (c *Conn) takeReport(h *header) bool {
	if h.Type != "idle_report" || !c.unanswered[h.Seq] {
		return false
	}
	delete(c.unanswered, h.Seq)
	return true
}
