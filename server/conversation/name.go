package conversation

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// Kind is how a client names its conversation.
type Kind byte

// The kinds.
const (
	Session Kind = 1 // by the MCP session ID, up to 2025-11-25
	Stream  Kind = 2 // by the stream of the SSE transport
	Handle  Kind = 3 // by a session handle, since 2026-07-28
)

// String returns a word for metrics.
func (k Kind) String() string {
	switch k {
	case Session:
		return "session"
	case Stream:
		return "sse"
	default:
		return "handle"
	}
}

// About is what a client said at the beginning and every server must know.
type About struct {
	Version string // of the protocol
	Client  string // the client's name for itself
	Answers string // what it may be asked for, in letters that the transports choose
}

const (
	sealSize   = 16
	maxName    = 400
	maxClient  = 40
	maxVersion = 20
	maxAnswers = 8
)

// names makes and verifies names.
type names struct{ seal, session []byte }

func newNames(key []byte) names {
	return names{seal: mac(key, "names of conversations"), session: mac(key, "identifiers of sessions")}
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	var length [8]byte
	for _, part := range parts { // lengths keep parts from running into each other
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// handlePrefix marks what models pass back.
const handlePrefix = "py-"

func (n names) make(principal string, kind Kind, about About, now time.Time) string {
	payload := []byte{byte(kind)}
	payload = binary.BigEndian.AppendUint32(payload, uint32(now.Unix()))
	random := make([]byte, kind.random())
	rand.Read(random)
	payload = append(payload, random...)
	if kind != Handle {
		payload = append(payload, about.encode()...)
	}
	name := base64.RawURLEncoding.EncodeToString(append(payload, n.sealOf(principal, payload)...))
	if kind == Handle {
		return handlePrefix + name
	}
	return name
}

func (k Kind) random() int {
	if k == Handle {
		return 8 // the seal cannot be guessed either
	}
	return 16
}

func (n names) sealOf(principal string, payload []byte) []byte {
	return mac(n.seal, principal, string(payload))[:sealSize]
}

// read returns the content of a name, if it was made for the principal with the
// same key. The name is untrusted.
func (n names) read(principal string, kind Kind, name string) (about About, made time.Time, ok bool) {
	if len(name) > maxName {
		return about, made, false
	}
	if kind == Handle {
		if name, ok = strings.CutPrefix(name, handlePrefix); !ok {
			return about, made, false
		}
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(name)
	head := 5 + kind.random()
	if err != nil || len(data) < head+sealSize || strings.ContainsAny(name, "\r\n") {
		return about, made, false
	}
	payload, seal := data[:len(data)-sealSize], data[len(data)-sealSize:]
	if !hmac.Equal(seal, n.sealOf(principal, payload)) || Kind(payload[0]) != kind {
		return about, made, false
	}
	made = time.Unix(int64(binary.BigEndian.Uint32(payload[1:5])), 0)
	return decodeAbout(payload[head:]), made, true
}

// id returns the pool's name for the session of a conversation.
func (n names) id(principal string, kind Kind, name string) sessions.ID {
	return sessions.ID(hex.EncodeToString(mac(n.session, principal, kind.String(), name)))
}

func (a About) encode() string {
	return cut(a.Version, maxVersion) + "\x00" + cut(a.Client, maxClient) + "\x00" + cut(a.Answers, maxAnswers)
}

func cut(s string, limit int) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if len(s) <= limit {
		return s
	}
	for s = s[:limit]; !utf8.ValidString(s) && s != ""; {
		s = s[:len(s)-1]
	}
	return s
}

func decodeAbout(data []byte) About {
	version, rest, _ := strings.Cut(string(data), "\x00")
	client, answers, _ := strings.Cut(rest, "\x00")
	return About{Version: version, Client: client, Answers: answers}
}
