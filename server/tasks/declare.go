package tasks

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// Declare has a server tell clients about tasks, each in the form that it knows. Clients of
// versions without tasks are told nothing. Call it before the server serves anything.
func (t *Table) Declare(srv *server.MCPServer) {
	hooks := srv.GetHooks()
	if hooks == nil {
		hooks = &server.Hooks{}
		server.WithHooks(hooks)(srv)
	}
	hooks.AddAfterInitialize(func(_ context.Context, _ any, _ *mcp.InitializeRequest, result *mcp.InitializeResult) {
		if result.ProtocolVersion == coreVersion {
			result.Capabilities.Tasks = capability()
		}
	})
	hooks.AddAfterDiscover(func(_ context.Context, _ any, _ *mcp.DiscoverRequest, result *mcp.DiscoverResult) {
		extensions := maps.Clone(result.Capabilities.Extensions)
		if extensions == nil {
			extensions = map[string]any{}
		}
		extensions[extensionID] = struct{}{}
		result.Capabilities.Extensions = extensions
	})
	hooks.AddAfterListTools(func(ctx context.Context, _ any, r *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		session, ok := server.ClientSessionFromContext(ctx).(*jsonrpc.Session)
		if !ok || session.ProtocolVersion() != coreVersion || mcp.IsModernProtocol(r.Params.Meta.ProtocolVersion()) || losesByTasks(session.GetClientInfo().Name) {
			return
		}
		result.Tools = slices.Clone(result.Tools)
		for i := range result.Tools {
			if slices.Contains(t.opts.Tools, result.Tools[i].Name) {
				result.Tools[i].Execution = &mcp.ToolExecution{TaskSupport: mcp.TaskSupportOptional}
			}
		}
	})
}

// losesByTasks reports whether a client makes tasks of all calls that may be some, and is
// worse off with them. VS Code tells nobody when its user cancels a task, so that the code
// would go on, and over HTTP a task cannot ask the user.
func losesByTasks(client string) bool {
	return strings.HasPrefix(client, "Visual Studio Code") || client == "Code - OSS" || client == "VSCodium"
}

// capability is what a server of MCP 2025-11-25 can do with tasks: everything.
func capability() *mcp.TasksCapability {
	c := &mcp.TasksCapability{List: &struct{}{}, Cancel: &struct{}{}, Requests: &mcp.TaskRequestsCapability{}}
	c.Requests.Tools = &struct {
		Call *struct{} `json:"call,omitempty"`
	}{&struct{}{}}
	return c
}
