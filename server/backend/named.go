package backend

import (
	"crypto/sha256"
	"encoding/hex"

	"dynamic-sessions-mcp/sessions"
)

// NamedSession returns the ID of the session that a user gave a name. A name is
// any text. The ID need not be a secret: whoever can start servers as a user can
// have all of that user's sessions anyway.
func NamedSession(name string) sessions.ID {
	sum := sha256.Sum256([]byte("session-name\x00" + name))
	return sessions.ID(hex.EncodeToString(sum[:]))
}
