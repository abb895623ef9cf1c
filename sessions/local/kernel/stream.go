package kernel

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// maxTail bounds the end of a stream that the kernel sends when it leaves out the
// middle. The bound is a quarter of the stream's limit where that is less.
const maxTail = 16 << 10

// textStep is for how many bytes of a stream memory is taken at a time.
const textStep = 64 << 10

// A stream collects what the code writes to stdout or stderr.
type stream struct {
	name   string
	kind   sessions.EventKind
	limit  int64
	texts  *texts
	events func(sessions.Event)

	head     []byte
	reserved int64  // bytes of head for which there is memory
	received int64  // bytes that came, including those beyond limit
	partial  []byte // the beginning of a character that is not complete
	tail     []byte
	short    bool  // there was no memory for limit bytes
	total    int64 // bytes written, as the kernel claims
	lines    int64 // line ends among them
	file     string
}

func newStream(name string, kind sessions.EventKind, limit int64, t *texts, events func(sessions.Event)) stream {
	return stream{name: name, kind: kind, limit: limit, texts: t, events: events, reserved: min(limit, freeText)}
}

func (s *stream) write(b []byte) {
	s.received += int64(len(b))
	kept := b[:s.fits(len(b))]
	s.head = append(s.head, kept...)
	if s.short {
		s.keepEnd(b[len(kept):])
	}
	if s.events == nil || len(kept) == 0 {
		return
	}
	b = append(s.partial, kept...)
	n := wholeRunes(b)
	s.partial = append([]byte(nil), b[n:]...)
	if n > 0 {
		s.events(sessions.Event{Kind: s.kind, Text: validUTF8(b[:n])})
	}
}

// fits takes memory for n further bytes and returns for how many there is any.
func (s *stream) fits(n int) int {
	want := min(int64(len(s.head)+n), s.limit)
	for want > s.reserved && !s.short {
		step := min(textStep, s.limit-s.reserved)
		if s.texts.take(int(step)) {
			s.reserved += step
		} else {
			s.short = true
		}
	}
	return int(min(want, s.reserved)) - len(s.head)
}

// keepEnd keeps the end of what there was no memory for. The kernel sends an end
// only of what is beyond the limit.
func (s *stream) keepEnd(b []byte) {
	most := s.maxTail()
	if len(b) < most {
		b = append(s.tail[max(0, len(s.tail)+len(b)-most):], b...)
	}
	s.tail = bytes.Clone(b[max(0, len(b)-most):])
}

func (s *stream) maxTail() int { return int(min(maxTail, s.limit/4)) }

// wholeRunes returns the length of b without a character that is cut off at its end.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if utf8.FullRune(b[i:]) {
				break
			}
			return i
		}
	}
	return len(b)
}

func (s *stream) end(p *payload) (err error) {
	if err := p.skip(max(0, p.left-s.maxTail())); err != nil {
		return err
	}
	s.tail, err = p.next(p.left)
	return err
}

func (s *stream) done(w written) {
	s.total, s.lines = w.total, max(0, w.lines)
	if name, err := sessions.CleanName(w.file); err == nil {
		s.file = name
	}
	if s.events != nil && len(s.partial) > 0 {
		s.events(sessions.Event{Kind: s.kind, Text: validUTF8(s.partial)})
	}
}

// text returns what was kept of the stream, and where cuts in what was received are
// in that; the last one is at its end. If the text is not all, it says so, and so
// does the Truncation.
func (s *stream) text(cuts []int) (string, []int, *sessions.Truncation) {
	got := int64(len(s.head) + len(s.tail))
	total := max(s.total, s.received, got)
	if total == got {
		text, cuts := validPieces(append(s.head, s.tail...), cuts)
		return text, endAt(cuts, len(text)), nil
	}
	tail := s.tail
	for len(tail) > 0 && len(s.tail)-len(tail) < utf8.UTFMax && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	head := s.head[:wholeRunes(s.head)]
	where := ""
	if s.file != "" {
		where = "; the whole text is in the session's file " + s.file
	} else if s.short {
		where = ", since the server is short of memory"
	}
	for i := range cuts {
		cuts[i] = min(cuts[i], len(head))
	}
	var b strings.Builder
	text, cuts := validPieces(head, cuts)
	b.WriteString(text)
	fmt.Fprintf(&b, "\n… [%d bytes left out%s] …\n", total-int64(len(head)+len(tail)), where)
	b.WriteString(validUTF8(tail))
	return b.String(), endAt(cuts, b.Len()), &sessions.Truncation{Stream: s.name, Total: total, Lines: s.lines, File: s.file}
}

// endAt moves the last cut to the end of a text.
func endAt(cuts []int, end int) []int {
	if len(cuts) > 0 {
		cuts[len(cuts)-1] = end
	}
	return cuts
}
