package jsonrpc

import "github.com/mark3labs/mcp-go/mcp"

const (
	// fileMemory is what an answer with a file takes, in bytes: the file, its
	// base64, and the message.
	fileMemory = 24 << 20
	// resultMemory is what the result of a tool takes until it is written, in
	// bytes: its blocks, and the message that they become.
	resultMemory = 4 << 20
)

// Need returns how many bytes of memory must be free before a message is
// answered.
func Need(m Message) int64 {
	if m.Kind == Call && m.Method == string(mcp.MethodResourcesRead) {
		return fileMemory
	}
	return 0
}
