package kernel

import (
	"fmt"

	"dynamic-sessions-mcp/sessions"
)

const (
	// The kernel sends no more bytes of what one execution left behind than these, and
	// tells so many executions apart, at the beginning and at the end of another.
	maxLate      = 8 << 10
	maxLateParts = 64
	// It sends so many displays of them all, of so many bytes at a time.
	maxLateDisplays     = 4
	maxLateDisplayBytes = 10 << 20
)

// lateDisplays are the displays of earlier executions.
type lateDisplays struct {
	count   int
	bytes   int64
	next    []sessions.Display // of the execution that the next frame names
	dropped int                // of that execution
}

// lateDisplay reads what an earlier execution showed after its end. The frame with what
// it wrote follows.
func (rec *recorder) lateDisplay(h *header, p *payload) error {
	kinds, c, err := h.Parts.weigh(p.left)
	if err != nil {
		return err
	}
	l := &rec.shownLate
	if c.memory == 0 || l.count >= maxLateDisplays || l.bytes+c.bytes > 2*maxLateDisplayBytes || !rec.memory.Take(c.memory) {
		l.dropped++
		return p.skip(p.left)
	}
	display, err := h.Parts.read(p, kinds)
	if err != nil {
		return err
	}
	l.count, l.bytes, l.next = l.count+1, l.bytes+c.bytes, append(l.next, display)
	return nil
}

// late records what an earlier execution wrote and showed after its end.
func (rec *recorder) late(h *header, p *payload) error {
	if p.left > maxLate || h.Run < 0 || h.Total < int64(p.left) || h.LeftOut < 0 {
		return fmt.Errorf("%w: output of an earlier execution is larger than that may be", ErrProtocol)
	}
	late := sessions.LateOutput{
		Number: h.Run, Total: h.Total, Displays: rec.shownLate.next, DisplaysDropped: h.LeftOut + rec.shownLate.dropped,
	}
	rec.shownLate.next, rec.shownLate.dropped = nil, 0
	if len(rec.outcome.Late) >= maxLateParts || !rec.texts.take(p.left) {
		return p.skip(p.left)
	}
	text, err := p.next(p.left)
	if err != nil {
		return err
	}
	late.Text = validUTF8(text)
	rec.outcome.Late = append(rec.outcome.Late, late)
	rec.tell(sessions.Event{Kind: sessions.EventLate, Late: late})
	return nil
}
