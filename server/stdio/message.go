package stdio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

const cancelledMethod = string(mcp.MethodNotificationCancelled)

// kind tells messages apart.
type kind int

const (
	call kind = iota
	notification
	response
)

// message is one JSON-RPC message, as far as the transport looks into it.
type message struct {
	kind    kind
	id      json.RawMessage // of a call
	method  string
	tool    string          // that a tools/call names
	cancels json.RawMessage // the ID that a cancellation names
	raw     json.RawMessage
	args    *arguments // of a big tool call, whose raw has {} in their place
	size    int        // of the message as it was sent
}

// key identifies the message among those under way.
func (m message) key() string { return idKey(m.id) }

// parse reads one line, or returns the error to answer it with. An answer has
// the ID of the request wherever the ID can be told, and null for text that is
// no JSON (JSON-RPC 2.0, section 5).
func parse(l line) (message, *mcp.JSONRPCError) {
	if l.tooLong > 0 {
		return message{}, refuse(l.id, mcp.INVALID_REQUEST, fmt.Sprintf(
			"the message has %d bytes and may have %d; send large files with local_path instead of in the message", l.tooLong, l.limit))
	}
	text := bytes.TrimSpace(l.text)
	if len(text) > bigMessage {
		if m, refusal, ok := parseBig(text); ok {
			return m, refusal
		}
	}
	m, refusal := parseText(text)
	m.size = len(text)
	return m, refusal
}

// parseBig reads a big tool call but for its arguments, which are left to
// [message.check]: the lines behind it must not wait for that. It reports false
// for other messages.
func parseBig(text []byte) (message, *mcp.JSONRPCError, bool) {
	short, cut, ok := cutArguments(text)
	if !ok {
		return message{}, nil, false
	}
	m, refusal := parseText(short)
	if refusal != nil || m.kind != call || m.method != string(mcp.MethodToolsCall) {
		return m, refusal, refusal != nil
	}
	m.args, m.size = &arguments{text: cut}, len(text)
	return m, nil, true
}

// check reads what parse has left, and returns the error to answer it with.
func (m message) check() *mcp.JSONRPCError {
	switch {
	case m.args == nil:
		return nil
	case !json.Valid(m.args.text):
		return refuse(m.id, mcp.PARSE_ERROR, "the arguments are no JSON; send one message a line, in UTF-8")
	case !utf8.Valid(m.args.text):
		return refuse(m.id, mcp.PARSE_ERROR, "the message is not valid UTF-8")
	}
	return nil
}

func parseText(text []byte) (message, *mcp.JSONRPCError) {
	if !json.Valid(text) {
		return message{}, refuse(nil, mcp.PARSE_ERROR, "the line is no JSON; send one message a line, in UTF-8")
	}
	switch text[0] {
	case '{':
		return parseObject(text)
	case '[':
		return message{}, refuse(nil, mcp.INVALID_REQUEST, "batches are not supported; send one message a line")
	default:
		return message{}, refuse(nil, mcp.INVALID_REQUEST, "a message must be a JSON object")
	}
}

func parseObject(text []byte) (message, *mcp.JSONRPCError) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return message{}, refuse(nil, mcp.PARSE_ERROR, "the line cannot be read: "+err.Error())
	}
	m := message{raw: text}
	id, hasID := fields["id"]
	if hasID && validID(id) {
		m.id = id
	}
	switch {
	case !utf8.Valid(text):
		return m, refuse(m.id, mcp.PARSE_ERROR, "the message is not valid UTF-8")
	case hasID && m.id == nil:
		return m, refuse(nil, mcp.INVALID_REQUEST, "an id must be a string or a number")
	case string(fields["jsonrpc"]) != `"2.0"`:
		return m, refuse(m.id, mcp.INVALID_REQUEST, `a message must have "jsonrpc": "2.0"`)
	}
	method, hasMethod := fields["method"]
	if !hasMethod {
		m.kind = response
		if fields["result"] == nil && fields["error"] == nil {
			return m, refuse(m.id, mcp.INVALID_REQUEST, "a message must have a method")
		}
		return m, nil
	}
	if json.Unmarshal(method, &m.method) != nil || m.method == "" {
		return m, refuse(m.id, mcp.INVALID_REQUEST, "a method must be a string")
	}
	if !hasID {
		m.kind = notification
	}
	m.look(fields["params"])
	return m, nil
}

// look reads the parameters that the transport acts on. What else is in them,
// and whether they are sound, is the server's to say.
func (m *message) look(params json.RawMessage) {
	switch m.method {
	case string(mcp.MethodToolsCall):
		var named struct{ Name any }
		_ = json.Unmarshal(params, &named)
		m.tool, _ = named.Name.(string)
	case cancelledMethod:
		var named struct{ RequestID json.RawMessage }
		_ = json.Unmarshal(params, &named)
		m.cancels = named.RequestID
	}
}

// validID reports whether an ID is a string or a number, as MCP asks.
func validID(id json.RawMessage) bool {
	return len(id) > 0 && (id[0] == '"' || id[0] == '-' || '0' <= id[0] && id[0] <= '9')
}

// idKey returns a text that is the same for the same ID, however it is escaped,
// and differs between 1 and "1".
func idKey(id json.RawMessage) string {
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

func refuse(id json.RawMessage, code int, why string) *mcp.JSONRPCError {
	e := failure(id, code, why)
	return &e
}

func failure(id json.RawMessage, code int, why string) mcp.JSONRPCError {
	return mcp.JSONRPCError{
		JSONRPC: mcp.JSONRPC_VERSION,
		ID:      requestID(id),
		Error:   mcp.NewJSONRPCErrorDetails(code, why, nil),
	}
}
