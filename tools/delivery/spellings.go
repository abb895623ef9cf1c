package delivery

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
)

// spellings are the names of files and folders, by what a disk that does not tell upper
// from lower case, nor forms of Unicode, takes them for.
type spellings map[string]string

// other reports whether a path, or a folder of it, was seen in another spelling, and
// notes it.
func (s spellings) other(path string) (twin bool) {
	for at := 0; at < len(path); {
		end := strings.IndexByte(path[at+1:], '/')
		if end < 0 {
			end = len(path) - at - 1
		}
		at += 1 + end
		part := path[:at]
		key := cases.Fold().String(norm.NFC.String(part))
		first, seen := s[key]
		if !seen {
			s[key] = part
		}
		twin = twin || seen && first != part
	}
	return twin
}

// token names what is being copied for a session. Nobody else can know it.
func token(id sessions.ID) string {
	sum := sha256.Sum256([]byte("files for the user\x00" + id))
	return "python-output-" + hex.EncodeToString(sum[:12])
}
