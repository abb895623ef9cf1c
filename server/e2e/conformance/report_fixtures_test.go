//go:build conformance

package conformance

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// reportingFixtures say something before they answer.
func reportingFixtures() []server.ServerTool {
	logged := func(ctx context.Context, text string) error {
		return server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/message", map[string]any{"level": "info", "data": text})
	}
	reported := func(ctx context.Context, token mcp.ProgressToken, done int) error {
		return server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress",
			map[string]any{"progressToken": token, "progress": done, "total": 100, "message": fmt.Sprintf("Completed step %d of 100", done)})
	}
	return []server.ServerTool{{
		// The level that a client sets is not kept between requests, since the
		// product logs nothing to clients.
		Tool: mcp.NewTool("test_tool_with_logging", mcp.WithDescription("Logs three times.")),
		Handler: func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			for _, text := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
				if err := logged(ctx, text); err != nil {
					return nil, err
				}
			}
			return mcp.NewToolResultText("logged"), nil
		},
	}, {
		Tool: mcp.NewTool("test_tool_with_progress", mcp.WithDescription("Reports progress three times.")),
		Handler: func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if r.Params.Meta == nil || r.Params.Meta.ProgressToken == nil {
				return mcp.NewToolResultText("nobody asked"), nil
			}
			for _, done := range []int{0, 50, 100} {
				if err := reported(ctx, r.Params.Meta.ProgressToken, done); err != nil {
					return nil, err
				}
			}
			return mcp.NewToolResultText("reported"), nil
		},
	}, {
		Tool: mcp.NewTool("test_logging_tool", mcp.WithDescription("Logs if the request asks for it.")),
		Handler: func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			message := mcp.NewLoggingMessageNotification(mcp.LoggingLevelInfo, "test", "called")
			if err := server.ServerFromContext(ctx).SendLogMessageToClient(ctx, message); err != nil {
				return nil, err
			}
			return mcp.NewToolResultText("logged"), nil
		},
	}}
}
