package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/server/tasks"
)

// An era is which protocol a request speaks.
type era struct {
	modern bool
	meta   string // the version in _meta
	header string // the version in the header
	params json.RawMessage
}

func eraOf(r *http.Request, m jsonrpc.Message) era {
	e := era{header: r.Header.Get(mcp.HeaderProtocolVersion)}
	var outer struct{ Params json.RawMessage }
	if json.Unmarshal(m.Raw, &outer) == nil {
		e.params = outer.Params
		var inner struct {
			Meta *mcp.Meta `json:"_meta"`
		}
		if json.Unmarshal(outer.Params, &inner) == nil {
			e.meta = inner.Meta.ProtocolVersion()
		}
	}
	e.modern = mcp.IsModernProtocol(e.meta) || mcp.IsModernProtocol(e.header)
	return e
}

// check refuses a modern request whose headers contradict its body (MCP
// 2026-07-28, "Transports").
func (e era) check(r *http.Request, m jsonrpc.Message) *refusal {
	wrong := func(code int, text string) *refusal {
		return &refusal{status: http.StatusBadRequest, code: code, id: m.ID, text: text}
	}
	switch {
	case m.Kind == jsonrpc.Response:
		return wrong(mcp.INVALID_REQUEST, "in this protocol version clients send no responses")
	case r.Header.Get(mcp.HeaderLastEventID) != "":
		return wrong(mcp.HEADER_MISMATCH, "streams cannot be resumed; leave out Last-Event-ID and send the request again with a new id")
	case e.header == "":
		return wrong(mcp.HEADER_MISMATCH, "the "+mcp.HeaderProtocolVersion+" header is missing")
	case e.meta == "" && m.Kind == jsonrpc.Call:
		return wrong(mcp.INVALID_PARAMS, "_meta lacks "+mcp.MetaKeyProtocolVersion)
	case e.meta != "" && e.meta != e.header:
		return wrong(mcp.HEADER_MISMATCH, "the "+mcp.HeaderProtocolVersion+" header and "+mcp.MetaKeyProtocolVersion+" in _meta differ")
	}
	if m.Kind != jsonrpc.Call || !mcp.IsValidProtocolVersion(e.meta) {
		return nil // the library says which versions there are
	}
	for _, header := range []string{mcp.HeaderMethod, mcp.HeaderName, mcp.HeaderProtocolVersion} {
		if len(r.Header.Values(header)) > 1 {
			return wrong(mcp.HEADER_MISMATCH, "the "+header+" header occurs twice")
		}
	}
	if err := mcp.ValidateStandardHeaders(r.Header.Get, e.meta, mcp.MCPMethod(m.Method), e.params); err != nil {
		return wrong(mcp.HEADER_MISMATCH, err.Error())
	}
	if id, ok := tasks.Named(m.Method, e.params); ok {
		if name, valid := mcp.DecodeHeaderValue(r.Header.Get(mcp.HeaderName)); !valid || name != id {
			return wrong(mcp.HEADER_MISMATCH, "the "+mcp.HeaderName+" header must have the taskId")
		}
	}
	return nil
}

// checkArguments refuses a call of a tool whose arguments must be in headers too
// (x-mcp-header) and are missing there, or differ.
func (e era) checkArguments(r *http.Request, m jsonrpc.Message, mcpServer *server.MCPServer) *refusal {
	tool := mcpServer.GetTool(m.Tool)
	if m.Kind != jsonrpc.Call || tool == nil || len(mcp.ExtractParamHeaderBindings(&tool.Tool)) == 0 {
		return nil
	}
	params := e.params
	if big := m.BigArguments(); big != nil {
		params, _ = json.Marshal(map[string]json.RawMessage{"arguments": big}) // what is no JSON is refused later
	}
	err := mcp.ValidateParamHeadersLookup(func(name string) (string, bool) {
		values := r.Header.Values(name)
		return strings.Join(values, ", "), len(values) > 0
	}, &tool.Tool, params)
	if err != nil {
		return &refusal{status: http.StatusBadRequest, code: mcp.HEADER_MISMATCH, id: m.ID, text: err.Error()}
	}
	return nil
}

// statusOf is the status of a modern answer.
func statusOf(answer mcp.JSONRPCMessage) int {
	failed, ok := answer.(mcp.JSONRPCError)
	if !ok {
		return http.StatusOK
	}
	switch failed.Error.Code {
	case mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	case mcp.HEADER_MISMATCH, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, mcp.UNSUPPORTED_PROTOCOL_VERSION,
		mcp.INVALID_REQUEST, mcp.INVALID_PARAMS, mcp.PARSE_ERROR:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// checkOld refuses a version that does not exist. Clients of 2025-03-26 send
// none.
func (e era) checkOld(m jsonrpc.Message) *refusal {
	if e.header == "" || mcp.IsValidProtocolVersion(e.header) {
		return nil
	}
	return &refusal{status: http.StatusBadRequest, id: m.ID, text: "the protocol version of the " + mcp.HeaderProtocolVersion + " header is not supported"}
}

var errNotAccepted = errors.New("the Accept header must allow application/json or text/event-stream")
