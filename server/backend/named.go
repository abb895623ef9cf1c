package server

import (
	"crypto/sha256"
	"encoding/hex"

	"dynamic-sessions-mcp/sessions"
)

// namedSession returns the ID of the session that a user gave a name. Names are
// any text; and whoever may start servers for a user may have all of the user's
// sessions, so that the ID need not be a secret.
func namedSession(name string) sessions.ID {
	sum := sha256.Sum256([]byte("session-name\x00" + name))
	return sessions.ID(hex.EncodeToString(sum[:]))
}
