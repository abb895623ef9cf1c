package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
)

// maxBatch is the largest number of messages in a batch.
const maxBatch = 50

// IsBatch reports whether text begins like a batch, a JSON array.
func IsBatch(text []byte) bool {
	i := skipSpace(text, 0)
	return i < len(text) && text[i] == '['
}

// SplitBatch returns the messages of a batch, unparsed, or the error to answer
// the whole batch with. The messages share the memory of text.
func SplitBatch(text []byte) ([]json.RawMessage, *mcp.JSONRPCError) {
	text = bytes.Trim(text, space)
	if !json.Valid(text) {
		return nil, Refuse(nil, mcp.PARSE_ERROR, "the batch is not valid JSON; send JSON-RPC 2.0 in UTF-8")
	}
	var members []json.RawMessage
	for i := skipSpace(text, 1); text[i] != ']'; {
		if len(members) == maxBatch {
			return nil, Refuse(nil, mcp.INVALID_REQUEST, fmt.Sprintf("a batch may have at most %d messages; split it", maxBatch))
		}
		end := valueEnd(text, i)
		members = append(members, text[i:end:end])
		if i = skipSpace(text, end); text[i] == ',' {
			i = skipSpace(text, i+1)
		}
	}
	if members == nil {
		return nil, Refuse(nil, mcp.INVALID_REQUEST, "a batch must contain at least one message")
	}
	return members, nil
}
