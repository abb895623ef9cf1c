package stdio

import (
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// parse reads the message of one line, or returns the error to answer it with.
func parse(l line) (jsonrpc.Message, *mcp.JSONRPCError) {
	if l.tooLong > 0 {
		return jsonrpc.Message{}, jsonrpc.Refuse(l.id, mcp.INVALID_REQUEST, fmt.Sprintf(
			"the message has %d bytes and may have at most %d; pass large files as local_path instead of in the message", l.tooLong, l.limit))
	}
	return jsonrpc.Parse(l.text)
}
