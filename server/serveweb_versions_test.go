package server

import (
	"encoding/json"
	"fmt"
	"testing"

	"dynamic-sessions-mcp/server/conversation"
)

// initializeWith asks for a version of the protocol.
func initializeWith(version string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":%q,"capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`, version)
}

// TestWebVersions asks for every version in initialize, which versions up to
// 2025-11-25 have: a client gets the one it asks for, or else the newest of them
// (MCP 2025-11-25, "Lifecycle").
func TestWebVersions(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	for asked, want := range map[string]string{
		"2024-11-05": "2024-11-05",
		"2025-03-26": "2025-03-26",
		"2025-06-18": "2025-06-18",
		"2025-11-25": "2025-11-25",
		"2026-07-28": "2025-11-25",
		"2099-01-01": "2025-11-25",
		"1.0":        "2025-11-25",
	} {
		for transport, negotiate := range map[string]func() string{
			"/mcp": func() string { return s.do(request{body: initializeWith(asked)}).text },
			"/sse": func() string {
				c := s.sse(ada)
				s.do(request{path: c.endpoint, body: initializeWith(asked)})
				return c.next()
			},
		} {
			var m struct {
				Result struct{ ProtocolVersion string }
			}
			text := negotiate()
			if err := json.Unmarshal([]byte(text), &m); err != nil || m.Result.ProtocolVersion != want {
				t.Errorf("%s: %s was answered with %s, want %s", transport, asked, text, want)
			}
		}
	}
}

// TestWebVersionsInUse uses what was agreed on: the header that later requests
// have since 2025-06-18 must be one that there is.
func TestWebVersionsInUse(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	for _, version := range []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"} {
		id := s.do(request{body: initializeWith(version)}).header.Get("Mcp-Session-Id")
		for header, want := range map[string]int{"": 200, version: 200, "2099-01-01": 400, "x": 400} {
			r := request{session: id, body: runCall(1, "get"), header: map[string]string{"Mcp-Protocol-Version": header}}
			if a := s.do(r); a.status != want {
				t.Errorf("%s with the header %q: %d %s", version, header, a.status, a.text)
			}
		}
	}
}
