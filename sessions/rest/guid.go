package rest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// newGUID returns a random GUID (RFC 9562, version 4).
func newGUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return guid(b, 4)
}

// guidOf returns the GUID that stands for an incarnation: itself if it is one,
// else one that is always the same for it (version 8). Nothing stands for "".
func guidOf(incarnation string) string {
	if lower := strings.ToLower(incarnation); incarnation == "" || guidForm.MatchString(lower) {
		return lower
	}
	sum := sha256.Sum256([]byte(incarnation))
	return guid([16]byte(sum[:16]), 8)
}

func guid(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	digits := hex.EncodeToString(b[:])
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}
