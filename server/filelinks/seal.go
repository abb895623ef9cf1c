package filelinks

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// A grant is what a link permits, for one file.
type grant struct {
	session sessions.ID
	user    user
	expires time.Time
}

// A user is the digest of a principal: who it is must not stand in a URL.
type user [8]byte

func userOf(principal string) (u user) {
	sum := sha256.Sum256([]byte("user of a link\x00" + principal))
	copy(u[:], sum[:])
	return u
}

func (u user) String() string { return hex.EncodeToString(u[:]) }

// A sealer makes and opens seals of links. A seal authenticates the grant and the name
// of the file, and hides the session, whose ID is not for others to know.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (s sealer, err error) {
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key)
	}
	h := hmac.New(sha256.New, key) // the same key names conversations
	h.Write([]byte("links to files"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return s, err
	}
	s.aead, err = cipher.NewGCMWithRandomNonce(block)
	return s, err
}

// How the ID of a session is written: as text, or as the bytes that its digits are.
const (
	asText byte = iota
	asHex
)

const (
	grantHead = 4 + len(user{}) + 1
	maxSeal   = 400
)

func (s sealer) seal(g grant, name string) string {
	plain := binary.BigEndian.AppendUint32(nil, uint32(g.expires.Unix()))
	plain = append(plain, g.user[:]...)
	if raw, err := hex.DecodeString(string(g.session)); err == nil && hex.EncodeToString(raw) == string(g.session) {
		plain = append(append(plain, asHex), raw...)
	} else {
		plain = append(append(plain, asText), g.session...)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(name)))
}

// errForged is the error about a seal that no server with the key has made for the
// name.
var errForged = errors.New("not a link of this service")

// open returns what a seal grants for a name. Both are untrusted.
func (s sealer) open(sealed, name string) (g grant, err error) {
	if len(sealed) > maxSeal {
		return g, errForged
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return g, errForged
	}
	plain, err := s.aead.Open(nil, nil, data, []byte(name))
	if err != nil || len(plain) < grantHead {
		return g, errForged
	}
	g.expires = time.Unix(int64(binary.BigEndian.Uint32(plain)), 0)
	copy(g.user[:], plain[4:])
	id := plain[grantHead:]
	if g.session = sessions.ID(id); plain[grantHead-1] == asHex {
		g.session = sessions.ID(hex.EncodeToString(id))
	}
	return g, nil
}
