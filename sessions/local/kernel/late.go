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
)

// late records what an earlier execution wrote after its end.
func (rec *recorder) late(h *header, p *payload) error {
	if p.left > maxLate || h.Run < 0 || h.Total < int64(p.left) {
		return fmt.Errorf("%w: output of an earlier execution is larger than that may be", ErrProtocol)
	}
	if len(rec.outcome.Late) >= maxLateParts || !rec.texts.take(p.left) {
		return p.skip(p.left)
	}
	text, err := p.next(p.left)
	if err != nil {
		return err
	}
	late := sessions.LateOutput{Number: h.Run, Text: validUTF8(text), Total: h.Total}
	rec.outcome.Late = append(rec.outcome.Late, late)
	rec.tell(sessions.Event{Kind: sessions.EventLate, Late: late})
	return nil
}
