package jsonrpc

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
)

func TestResourceThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	const modern = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	srv := server.NewMCPServer("test", "1", server.WithResourceCapabilities(false, false), server.WithToolCapabilities(false))
	session := NewSession(1, nil)
	session.Initialize()
	for name, tt := range map[string]struct {
		method, params string
		code           int
		uri            any
	}{
		"modern":        {"resources/read", `"uri":"test://\u00e4"` + modern, -32602, "test://ä"},
		"legacy":        {"resources/read", `"uri":"test://x"`, -32002, "test://x"},
		"no URI":        {"resources/read", `"name":"x"` + modern, -32602, nil},
		"another error": {"tools/call", `"name":"x","uri":"test://x"` + modern, -32602, nil},
	} {
		m, refusal := Parse([]byte(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s}}`, tt.method, tt.params)))
		if refusal != nil {
			t.Fatal(refusal)
		}
		text, err := json.Marshal(Ask(srv.WithContext(t.Context(), session), srv, m, zerolog.Nop()))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Error struct {
				Code int
				Data map[string]any
			}
		}
		if err := json.Unmarshal(text, &got); err != nil || got.Error.Code != tt.code || got.Error.Data["uri"] != tt.uri {
			t.Errorf("%s: got %s, %v", name, text, err)
		}
	}
}
