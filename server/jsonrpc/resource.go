package jsonrpc

import (
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
)

// nameResource adds the requested URI to the error for an unknown resource, as
// servers should (MCP 2026-07-28, "Resources"). The library leaves it out.
func nameResource(e *mcp.JSONRPCErrorDetails, m Message) {
	if m.Method != string(mcp.MethodResourcesRead) || e.Data != nil ||
		e.Code != mcp.INVALID_PARAMS && e.Code != mcp.RESOURCE_NOT_FOUND {
		return
	}
	var read struct {
		Params struct{ URI string }
	}
	if json.Unmarshal(m.Raw, &read) == nil && read.Params.URI != "" {
		e.Data = map[string]string{"uri": read.Params.URI}
	}
}
