package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

// MethodCancelled is the notification that cancels a request.
const MethodCancelled = string(mcp.MethodNotificationCancelled)

// space is what JSON takes for white space (RFC 8259, section 2).
const space = " \t\r\n"

// Kind is what a message is.
type Kind int

// The kinds of messages.
const (
	Call Kind = iota
	Notification
	Response
)

// A Message is one JSON-RPC message, as far as a transport needs to know it.
type Message struct {
	Kind    Kind
	ID      json.RawMessage // of a call
	Method  string
	Tool    string          // that a tools/call names
	Cancels json.RawMessage // the ID that a cancellation names
	Raw     json.RawMessage // all of it, without the arguments of a large tool call
	Size    int             // of the message as it was sent, in bytes

	args *arguments // of a big tool call, whose Raw has {} in their place
}

// Key identifies a call among those of its client; see [Calls].
func (m Message) Key() string { return IDKey(m.ID) }

// Parse reads one message, or returns the error to answer it with. The error has
// the ID of the request wherever the ID is known, and null for text that is not
// JSON (JSON-RPC 2.0, section 5). The message retains text. Only the arguments of
// a tool call may be long, and responses somewhat, since the library turns
// everything else into objects that take many times its length in memory.
func Parse(text []byte) (Message, *mcp.JSONRPCError) {
	text = bytes.Trim(text, space)
	if len(text) > bigMessage {
		return parseBig(text)
	}
	m, refusal := parseText(text)
	m.Size = len(text)
	return m, refusal
}

// maxResponse is the length of the longest response, which the library does not
// read.
const maxResponse = 1 << 20

// parseBig reads a large tool call without its arguments, which [Ask] checks:
// the messages behind it must not wait for that.
func parseBig(text []byte) (Message, *mcp.JSONRPCError) {
	if len(text) <= maxResponse && looksLikeResponse(text) {
		if m, refusal := parseText(text); refusal != nil || m.Kind == Response {
			m.Size = len(text)
			return m, refusal
		}
	}
	short, cut, ok := cutArguments(text)
	if !ok || len(short) > bigMessage {
		return Message{}, Refuse(nil, mcp.INVALID_REQUEST, fmt.Sprintf(
			"the message has %d bytes; only the arguments of tools/call may be that long, everything else is limited to %d bytes", len(text), bigMessage))
	}
	m, refusal := parseText(short)
	if refusal != nil {
		return m, refusal
	}
	if m.Kind != Call || m.Method != string(mcp.MethodToolsCall) {
		return m, Refuse(m.ID, mcp.INVALID_REQUEST, fmt.Sprintf(
			"the message has %d bytes; only tools/call may be that long, other messages are limited to %d bytes", len(text), bigMessage))
	}
	m.args, m.Size = &arguments{text: cut}, len(text)
	return m, nil
}

func looksLikeResponse(text []byte) bool {
	_, _, result := findMember(text, 0, "result")
	_, _, failed := findMember(text, 0, "error")
	return result || failed
}

// check completes Parse, and returns the error to answer the message with.
func (m Message) check() *mcp.JSONRPCError {
	switch {
	case m.args == nil:
		return nil
	case !json.Valid(m.args.text):
		return Refuse(m.ID, mcp.PARSE_ERROR, "the arguments are not valid JSON; send JSON-RPC 2.0 in UTF-8")
	case !utf8.Valid(m.args.text):
		return Refuse(m.ID, mcp.PARSE_ERROR, "the message is not valid UTF-8")
	}
	return nil
}

func parseText(text []byte) (Message, *mcp.JSONRPCError) {
	if !json.Valid(text) {
		return Message{}, Refuse(nil, mcp.PARSE_ERROR, "the message is not valid JSON; send JSON-RPC 2.0 in UTF-8")
	}
	switch text[0] {
	case '{':
		return parseObject(text)
	case '[':
		return Message{}, Refuse(nil, mcp.INVALID_REQUEST, "batches are not supported; send each message separately")
	default:
		return Message{}, Refuse(nil, mcp.INVALID_REQUEST, "a message must be a JSON object")
	}
}

func parseObject(text []byte) (Message, *mcp.JSONRPCError) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return Message{}, Refuse(nil, mcp.PARSE_ERROR, "the message cannot be read: "+err.Error())
	}
	m := Message{Raw: text}
	if why := ambiguous(text); why != "" {
		return m, Refuse(nil, mcp.INVALID_REQUEST, why)
	}
	id, hasID := fields["id"]
	if hasID && ValidID(id) {
		m.ID = id
	}
	switch {
	case !utf8.Valid(text):
		return m, Refuse(m.ID, mcp.PARSE_ERROR, "the message is not valid UTF-8")
	case hasID && m.ID == nil:
		return m, Refuse(nil, mcp.INVALID_REQUEST, "an id must be a string or a number")
	case string(fields["jsonrpc"]) != `"2.0"`:
		return m, Refuse(m.ID, mcp.INVALID_REQUEST, `a message must have "jsonrpc": "2.0"`)
	}
	if why := ambiguousParams(fields["params"]); why != "" {
		return m, Refuse(m.ID, mcp.INVALID_REQUEST, why)
	}
	method, hasMethod := fields["method"]
	if !hasMethod {
		m.Kind = Response
		if fields["result"] == nil && fields["error"] == nil {
			return m, Refuse(m.ID, mcp.INVALID_REQUEST, "a message must have a method")
		}
		return m, nil
	}
	if json.Unmarshal(method, &m.Method) != nil || m.Method == "" {
		return m, Refuse(m.ID, mcp.INVALID_REQUEST, "a method must be a string")
	}
	if !hasID {
		m.Kind = Notification
	}
	m.look(fields["params"])
	return m, nil
}

// look reads the parameters that the transport acts on. The server judges the
// rest of them.
func (m *Message) look(params json.RawMessage) {
	switch m.Method {
	case string(mcp.MethodToolsCall):
		var named struct{ Name any }
		_ = json.Unmarshal(params, &named)
		m.Tool, _ = named.Name.(string)
	case MethodCancelled:
		var named struct{ RequestID json.RawMessage }
		_ = json.Unmarshal(params, &named)
		m.Cancels = named.RequestID
	}
}

// ValidID reports whether an ID is a string or a number, as MCP requires.
func ValidID(id json.RawMessage) bool {
	return len(id) > 0 && (id[0] == '"' || id[0] == '-' || '0' <= id[0] && id[0] <= '9')
}

// IDKey returns the same text for the same ID, however it is escaped, and
// different texts for 1 and "1".
func IDKey(id json.RawMessage) string {
	var s string
	if json.Unmarshal(id, &s) == nil {
		return `"` + s
	}
	return string(id)
}

func requestID(id json.RawMessage) mcp.RequestId {
	if id == nil {
		return mcp.NewRequestId(nil)
	}
	return mcp.NewRequestId(id)
}

// Refuse returns the error that answers the request with this ID.
func Refuse(id json.RawMessage, code int, why string) *mcp.JSONRPCError {
	e := Failure(id, code, why)
	return &e
}

// Failure is Refuse as a value.
func Failure(id json.RawMessage, code int, why string) mcp.JSONRPCError {
	return mcp.JSONRPCError{
		JSONRPC: mcp.JSONRPC_VERSION,
		ID:      requestID(id),
		Error:   mcp.NewJSONRPCErrorDetails(code, why, nil),
	}
}

// Success returns the response to the request with this ID.
func Success(id json.RawMessage, result any) mcp.JSONRPCResponse {
	return mcp.JSONRPCResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: requestID(id), Result: result}
}
