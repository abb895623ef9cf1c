package sessions

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// An ID names a session. Anyone who knows an ID and may use the pool can use the
// session, so treat it as a secret: make it with [NewID], or derive it from
// something unguessable, and keep it out of logs.
type ID string

const (
	minID = 4
	maxID = 128
)

// NewID returns an ID of 128 random bits.
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return ID(hex.EncodeToString(b[:]))
}

// ParseID returns s as an ID if Azure would take it: 4 to 128 letters, digits
// and punctuation marks of ASCII (REST data plane 2025-10-02-preview, parameter
// identifier). The error wraps [ErrInvalidID] and does not repeat s.
func ParseID(s string) (ID, error) {
	if len(s) < minID || len(s) > maxID {
		return "", fmt.Errorf("%w: its length is %d and must be %d to %d bytes",
			ErrInvalidID, len(s), minID, maxID)
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '\\' {
			return "", fmt.Errorf("%w: byte %d (%#02x) is not allowed; use ASCII letters, digits and punctuation, without spaces and backslashes",
				ErrInvalidID, i, c)
		}
	}
	return ID(s), nil
}

// String returns a constant, so that no ID gets into a log. Even a hash would be a
// stable pseudonym.
func (ID) String() string { return "[session]" }
