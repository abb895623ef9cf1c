//go:build conformance

package conformance

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// elicitationFixtures ask in the way that the era of the request has: in the
// result, and before 2026-07-28 with a request of the server's own, on the stream
// of the call.
func elicitationFixtures() []server.ServerTool {
	asked := func(form mcp.ElicitationParams) round {
		return func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			if answer := server.ElicitationResponse(in.InputResponses, "form"); answer != nil {
				return mcp.NewToolResultText(fmt.Sprintf("User response: action=%s, content=%v", answer.Action, answer.Content)), nil
			}
			return ask("").Elicit("form", form).ToolResult(), nil
		}
	}
	of := func(message string, properties map[string]any) mcp.ElicitationParams {
		return mcp.ElicitationParams{Message: message, RequestedSchema: map[string]any{"type": "object", "properties": properties}}
	}
	text := func(name string) mcp.ToolOption {
		return mcp.WithString(name, mcp.Required(), mcp.Description("What to ask."))
	}
	return []server.ServerTool{
		asking("test_sampling", "Asks the model.", func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			if sampled(in.InputResponses, "prompt") {
				return mcp.NewToolResultText("LLM response: any"), nil
			}
			return ask("").Sample("prompt", question("Say hello.")).ToolResult(), nil
		}, text("prompt")),
		asking("test_elicitation", "Asks the user.", asked(form("Please answer", "response", "string")), text("message")),
		asking("test_elicitation_sep1034_defaults", "Asks the user, with defaults.", asked(of("Please review the fields", map[string]any{
			"name":     map[string]any{"type": "string", "default": "John Doe"},
			"age":      map[string]any{"type": "integer", "default": 30},
			"score":    map[string]any{"type": "number", "default": 95.5},
			"status":   map[string]any{"type": "string", "enum": []string{"active", "inactive", "pending"}, "default": "active"},
			"verified": map[string]any{"type": "boolean", "default": true},
		}))),
		asking("test_elicitation_sep1330_enums", "Asks the user to choose.", asked(of("Please select", map[string]any{
			"untitledSingle": map[string]any{"type": "string", "enum": []string{"option1", "option2", "option3"}},
			"titledSingle":   map[string]any{"type": "string", "oneOf": titled("value1", "value2", "value3")},
			"legacyEnum":     map[string]any{"type": "string", "enum": []string{"opt1", "opt2"}, "enumNames": []string{"One", "Two"}},
			"untitledMulti":  map[string]any{"type": "array", "items": map[string]any{"type": "string", "enum": []string{"option1", "option2"}}},
			"titledMulti":    map[string]any{"type": "array", "items": map[string]any{"anyOf": titled("value1", "value2")}},
		}))),
	}
}

func titled(values ...string) []map[string]any {
	var all []map[string]any
	for _, v := range values {
		all = append(all, map[string]any{"const": v, "title": "Choice " + v})
	}
	return all
}
