package stdio

import (
	"bytes"
	"encoding/json"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// idScanner finds the "id" of a JSON object that is written to it piece by
// piece, in constant memory. Clients wait for the answer to their ID, so even a
// request that is too long to be kept should be answered with it; many put it
// last.
type idScanner struct {
	depth             int
	inString, escaped bool
	inValue           bool // behind the colon of a member of the outer object
	key, value        []byte
	id                json.RawMessage
}

const (
	maxKey = 8 // longer than "id" is enough
	maxID  = 1024
)

// Write scans p. It never fails.
func (s *idScanner) Write(p []byte) (int, error) {
	for i := 0; i < len(p); i++ {
		if s.inString && !s.escaped && s.depth != 1 {
			i += skipString(p[i:])
		}
		if i < len(p) {
			s.scan(p[i])
		}
	}
	return len(p), nil
}

// skipString returns how many bytes there are before the next one that means
// something in a string: nearly all of a long message is one string.
func skipString(p []byte) int {
	for i, b := range p {
		if b == '"' || b == '\\' {
			return i
		}
	}
	return len(p)
}

// ID returns the ID that was found, or nil.
func (s *idScanner) ID() json.RawMessage { return s.id }

func (s *idScanner) scan(b byte) {
	if s.inString {
		s.keep(b)
		switch {
		case s.escaped:
			s.escaped = false
		case b == '\\':
			s.escaped = true
		case b == '"':
			s.inString = false
		}
		return
	}
	switch b {
	case '"':
		s.inString = true
		s.keep(b)
	case '{', '[':
		s.keep(b)
		s.depth++
	case '}', ']':
		if s.depth == 1 {
			s.endMember()
		}
		s.depth--
		s.keep(b)
	case ',':
		if s.depth == 1 {
			s.endMember()
		}
	case ':':
		if s.depth == 1 {
			s.inValue = true
		}
	default:
		s.keep(b)
	}
}

// keep adds a byte of the outer object to the key or the value it belongs to.
func (s *idScanner) keep(b byte) {
	switch {
	case s.depth != 1:
	case !s.inValue && len(s.key) < maxKey:
		s.key = append(s.key, b)
	case s.inValue && len(s.value) <= maxID:
		s.value = append(s.value, b)
	}
}

func (s *idScanner) endMember() {
	value := bytes.TrimSpace(s.value)
	if string(bytes.TrimSpace(s.key)) == `"id"` && len(value) <= maxID && json.Valid(value) && jsonrpc.ValidID(value) {
		s.id = bytes.Clone(value)
	}
	s.inValue, s.key, s.value = false, s.key[:0], s.value[:0]
}
