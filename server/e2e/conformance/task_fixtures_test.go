//go:build conformance

package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/tasks"
)

// newTasks returns tasks like the program's. A task is made sooner, since the suite does
// not wait for as long.
func newTasks() *tasks.Table {
	return tasks.New(tasks.Options{
		Tools:    []string{"slow_compute", "failing_job", "protocol_error_job", "confirm_delete", "multi_input", "test_tool_with_task"},
		Patience: taskPatience,
	})
}

const taskPatience = 100 * time.Millisecond

// taskFixtures are the tools that the scenarios of tasks call.
func taskFixtures() []server.ServerTool {
	return append([]server.ServerTool{
		job("greet", "Greets.", 0, func(r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText("Hello, " + r.GetString("name", "you") + "!"), nil
		}, mcp.WithString("name")),
		job("slow_compute", "Takes seconds.", 0, func(r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText("computed " + r.GetString("label", "it")), nil
		}, mcp.WithNumber("seconds"), mcp.WithString("label")),
		job("failing_job", "Fails.", time.Second, func(mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultError("the job failed"), nil
		}),
		job("protocol_error_job", "Breaks.", time.Second, func(mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return nil, errors.New("the job broke")
		}),
	}, askingJobs()...)
}

// askingJobs are tools that ask: the first two when they are tasks, the last before.
func askingJobs() []server.ServerTool {
	return []server.ServerTool{
		job("confirm_delete", "Asks as a task.", 0, func(r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if filled(r.Params.InputResponses, "confirm", "confirm") == "" {
				time.Sleep(2 * taskPatience)
				return ask("asked").Elicit("confirm", form("Delete it?", "confirm", "boolean")).ToolResult(), nil
			}
			return mcp.NewToolResultText("deleted"), nil
		}, mcp.WithString("filename")),
		job("multi_input", "Asks twice as a task.", 0, func(r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if r.Params.RequestState == "" {
				time.Sleep(2 * taskPatience)
				return ask("asked").Elicit("one", form("The first?", "name", "string")).Elicit("two", form("The second?", "name", "string")).ToolResult(), nil
			}
			return mcp.NewToolResultText(filled(r.Params.InputResponses, "one", "name") + filled(r.Params.InputResponses, "two", "name")), nil
		}),
		job("test_tool_with_task", "Asks, then is a task.", 0, func(r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			name := filled(r.Params.InputResponses, "user_name", "name")
			if name == "" {
				return ask("asked").Elicit("user_name", form("What is your name?", "name", "string")).ToolResult(), nil
			}
			time.Sleep(2 * taskPatience)
			return mcp.NewToolResultText("Hello, " + name + "!"), nil
		}),
	}
}

// job is a tool that takes the time that is given, or so many seconds as its caller says.
func job(name, description string, takes time.Duration, do func(mcp.CallToolRequest) (*mcp.CallToolResult, error), options ...mcp.ToolOption) server.ServerTool {
	return server.ServerTool{
		Tool: mcp.NewTool(name, append(options, mcp.WithDescription(description))...),
		Handler: func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			select {
			case <-time.After(takes + time.Duration(r.GetInt("seconds", 0))*time.Second):
				return do(r)
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		},
	}
}
