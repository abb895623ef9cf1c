package tasks

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestDeclare: each version is told of what it knows.
func TestDeclare(t *testing.T) {
	for _, tt := range []struct {
		version         string
		core, extension bool
	}{
		{mcp.ProtocolVersion20241105, false, false},
		{mcp.ProtocolVersion20250326, false, false},
		{mcp.ProtocolVersion20250618, false, false},
		{mcp.ProtocolVersion20251125, true, false},
		{mcp.ProtocolVersion20260728, false, true},
	} {
		t.Run(tt.version, func(t *testing.T) {
			inTime(t, tt.version, func(t *testing.T, c *client) {
				var hello answer
				if mcp.IsModernProtocol(tt.version) {
					hello = c.do("server/discover", `{}`)
				} else {
					hello = c.do("initialize", fmt.Sprintf(`{"protocolVersion":%q,"capabilities":{},"clientInfo":{"name":"x","version":"1"}}`, tt.version))
				}
				for text, want := range map[string]bool{
					`"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}`: tt.core,
					`"extensions":{"io.modelcontextprotocol/tasks":{}}`:                tt.extension,
				} {
					if bytes.Contains(hello.raw, []byte(text)) != want {
						t.Errorf("%s is there: %t, want %t: %s", text, !want, want, hello.raw)
					}
				}
				tools := c.do("tools/list", `{}`).raw
				if n := bytes.Count(tools, []byte(`"execution":{"taskSupport":"optional"}`)); tt.core && n != 2 || !tt.core && n != 0 {
					t.Errorf("%d of 3 tools can be tasks: %s", n, tools)
				}
			})
		})
	}
}

// TestDeclareToVSCode: a client that is worse off with tasks is not told which calls may be
// some.
func TestDeclareToVSCode(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		for name, want := range map[string]bool{"Visual Studio Code": false, "Visual Studio Code - Insiders": false, "an agent": true} {
			c.session.SetClientInfo(mcp.Implementation{Name: name})
			if tools := c.do("tools/list", `{}`).raw; bytes.Contains(tools, []byte("taskSupport")) != want {
				t.Errorf("%s sees %s", name, tools)
			}
		}
	})
}
