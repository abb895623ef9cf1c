package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// extensionID is the identifier of the tasks of MCP 2026-07-28.
const extensionID = "io.modelcontextprotocol/tasks"

// coreVersion is the one version of the protocol that has tasks in itself.
const coreVersion = mcp.ProtocolVersion20251125

// methodUpdate is of the extension, which the library does not know.
const methodUpdate = "tasks/update"

// A request is a call of a client, as far as tasks have to do with it.
type request struct {
	jsonrpc.Message
	session *jsonrpc.Session // what the library knows about the client
	modern  bool
	able    bool // the client has tasks: its version of the protocol, or it says so
	params  params
}

// params are the parameters that there are of all requests that have to do with tasks.
type params struct {
	Meta   *mcp.Meta       `json:"_meta"`
	Task   json.RawMessage // of tools/call, 2025-11-25
	TaskID string          `json:"taskId"`
	Cursor string
	// InputResponses answer what tasks/get has told, in tasks/update.
	InputResponses map[string]json.RawMessage `json:"inputResponses"`
	Notifications  struct {                   // of subscriptions/listen
		TaskIDs []string `json:"taskIds"`
	}
}

// read reads a call. It reports false for one that is none of this package's: the library
// says what is wrong with it, if anything is.
func read(ctx context.Context, m jsonrpc.Message) (r request, ok bool) {
	relevant := []string{string(mcp.MethodToolsCall), string(mcp.MethodTasksGet), string(mcp.MethodTasksResult), string(mcp.MethodTasksList),
		string(mcp.MethodTasksCancel), methodUpdate, string(mcp.MethodSubscriptionsListen)}
	if m.Kind != jsonrpc.Call || !slices.Contains(relevant, m.Method) {
		return r, false
	}
	var outer struct{ Params params }
	if err := json.Unmarshal(m.Raw, &outer); err != nil {
		if _, other := errors.AsType[*json.UnmarshalTypeError](err); !other { // a member of another type counts as none
			return r, false
		}
	}
	r = request{Message: m, params: outer.Params}
	if r.session, ok = server.ClientSessionFromContext(ctx).(*jsonrpc.Session); !ok {
		return r, false
	}
	version := r.params.Meta.ProtocolVersion()
	if r.modern = mcp.IsModernProtocol(version); !r.modern {
		r.able = r.session.ProtocolVersion() == coreVersion
		return r, true
	}
	capabilities := r.params.Meta.ClientCapabilities()
	if capabilities == nil || !mcp.IsValidProtocolVersion(version) {
		return r, false
	}
	_, r.able = capabilities.Extensions[extensionID]
	return r, true
}

// asksForTask reports whether the call of a tool is to be a task, as the client wants.
func (r request) asksForTask() bool {
	return !r.modern && r.able && len(r.params.Task) > 0 && string(r.params.Task) != "null"
}

// lacksExtension is the answer to a client that has not declared the extension.
func (r request) lacksExtension() mcp.JSONRPCMessage {
	e := jsonrpc.Failure(r.ID, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, "tasks are for clients that declare the extension "+extensionID+" in the capabilities of each request")
	e.Error.Data = map[string]any{"requiredCapabilities": map[string]any{"extensions": map[string]any{extensionID: map[string]any{}}}}
	return e
}

// Named returns the ID of the task that a request of the extension names, which its
// Mcp-Name header must have too. It reports false for requests that name none.
func Named(method string, params json.RawMessage) (id string, ok bool) {
	switch method {
	case string(mcp.MethodTasksGet), string(mcp.MethodTasksCancel), methodUpdate:
		var named struct {
			ID string `json:"taskId"`
		}
		err := json.Unmarshal(params, &named)
		return named.ID, err == nil
	}
	return "", false
}
