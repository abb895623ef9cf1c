package server

import (
	"context"
	"fmt"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
)

// TestToolsKnowTheUser checks that what the tools divide among users is divided
// among those of the service: over both eras, also within the context of a
// conversation with a handle.
func TestToolsKnowTheUser(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	opts := newProgram(t, s.pool, Streams{}, "--transport=http").webToolOptions(s.pool, s.registry)
	s.mcp.AddTool(mcp.NewTool("who"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		h, err := opts.SessionHandles.Open(ctx, "")
		if err != nil {
			return nil, err
		}
		defer h.Leave(true)
		return mcp.NewToolResultText(fmt.Sprintf("%s|%s", opts.User(ctx), opts.User(h.Context))), nil
	})
	seen := map[string]string{}
	for _, token := range []string{ada, bob} {
		older := s.do(request{token: token, session: s.begin(token),
			body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who","arguments":{}}}`})
		call := modern("tools/call", "who", `"name":"who","arguments":{}`)
		call.token = token
		newer := s.do(call)
		who := older.message.text()
		if who == "|\n" || who == "" || newer.message.text() != who {
			t.Errorf("%q and %q: %s %s", who, newer.message.text(), older.text, newer.text)
		}
		var first, second string
		if _, err := fmt.Sscanf(who, "%s", &first); err != nil || len(first)%2 != 1 {
			t.Errorf("%q: %v", who, err)
		} else if second = first[len(first)/2+1:]; first[:len(first)/2] != second {
			t.Errorf("the context of the conversation has another user: %s", who)
		}
		if other, ok := seen[who]; ok {
			t.Errorf("%s and %s are one user", other, token)
		}
		seen[who] = token
	}
}

// TestHiddenFilesByFlag checks that the flag reaches the tools of a server that has
// folders; over HTTP it is refused with them.
func TestHiddenFilesByFlag(t *testing.T) {
	t.Parallel()
	pool := newVariablePool()
	for flag, want := range map[string]bool{"--allow-hidden": true, "--allow-hidden=false": false, "--log-level=info": false} {
		p := newProgram(t, pool, Streams{}, "--allow-dir="+t.TempDir(), flag)
		if p.toolOptions(pool, "").AllowHidden != want {
			t.Errorf("%s: not %v", flag, want)
		}
	}
}
