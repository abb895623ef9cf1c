package kernel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// maxTail bounds the end of a stream that the kernel sends after leaving out
// its middle. Where less is sent than four times that, it is a quarter of what
// is sent.
const maxTail = 16 << 10

// A stream collects what the code writes to stdout or stderr.
type stream struct {
	name   string
	kind   sessions.EventKind
	limit  int64
	events func(sessions.Event)

	head     []byte
	received int64  // bytes that came, also those beyond limit
	partial  []byte // the beginning of a character whose end has not come
	tail     []byte
	total    int64 // bytes written, as the kernel claims
	file     string
}

func (s *stream) write(b []byte) {
	s.received += int64(len(b))
	b = b[:min(int64(len(b)), s.limit-int64(len(s.head)))]
	s.head = append(s.head, b...)
	if s.events == nil || len(b) == 0 {
		return
	}
	b = append(s.partial, b...)
	n := whole(b)
	s.partial = append([]byte(nil), b[n:]...)
	if n > 0 {
		s.events(sessions.Event{Kind: s.kind, Text: valid(b[:n])})
	}
}

// whole returns how much of b there is without a character that is cut at its
// end.
func whole(b []byte) int {
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

func (s *stream) end(tail []byte) {
	s.tail = tail[max(0, len(tail)-int(min(maxTail, s.limit/4))):]
}

func (s *stream) done(w written) {
	s.total = w.total
	if name, err := sessions.CleanName(w.file); err == nil {
		s.file = name
	}
	if s.events != nil && len(s.partial) > 0 {
		s.events(sessions.Event{Kind: s.kind, Text: valid(s.partial)})
	}
}

// text returns what there is of the stream and, if that is not all, says so.
func (s *stream) text() (string, *sessions.Truncation) {
	got := int64(len(s.head) + len(s.tail))
	total := max(s.total, s.received, got)
	if total == got {
		return valid(append(s.head, s.tail...)), nil
	}
	tail := s.tail
	for len(tail) > 0 && len(s.tail)-len(tail) < utf8.UTFMax && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	head := s.head[:whole(s.head)]
	where := ""
	if s.file != "" {
		where = "; all of it is in the session's file " + s.file
	}
	var b strings.Builder
	b.WriteString(valid(head))
	fmt.Fprintf(&b, "\n… [%d bytes left out%s] …\n", total-int64(len(head)+len(tail)), where)
	b.WriteString(valid(tail))
	return b.String(), &sessions.Truncation{Stream: s.name, Total: total, File: s.file}
}
