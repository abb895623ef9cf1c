package jsonrpc

import (
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"
)

// Marshal writes a message as JSON, without a line feed. In place of a response
// that cannot be written, which is a bug elsewhere, it writes an internal error,
// so that the client does not wait for ever; it returns nil for any other
// message that cannot be written.
func Marshal(message mcp.JSONRPCMessage, log zerolog.Logger) []byte {
	text, err := json.Marshal(message)
	if err == nil {
		return text
	}
	log.Error().Err(err).Msg("a message cannot be written as JSON")
	answer, ok := message.(mcp.JSONRPCResponse)
	if !ok {
		return nil
	}
	failed := Failure(nil, mcp.INTERNAL_ERROR, "the answer cannot be written as JSON")
	failed.ID = answer.ID
	if text, err = json.Marshal(failed); err != nil {
		return nil
	}
	return text
}
