package tools

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// BenchmarkRunPython measures what the tools add to a run: binding, rendering.
func BenchmarkRunPython(b *testing.B) {
	pool := &sessionstest.Fake{}
	tools, err := New(Options{Pool: pool, Session: fixedSession})
	if err != nil {
		b.Fatal(err)
	}
	defer tools.Close()
	handler := tools.runPython().Handler
	var req mcp.CallToolRequest
	req.Params.RawArguments = json.RawMessage(`{"code":"6 * 7"}`)
	for b.Loop() {
		if result, err := handler(b.Context(), req); err != nil || result.IsError {
			b.Fatal(result, err)
		}
	}
}

// BenchmarkFigure adds a figure of the size that matplotlib draws.
func BenchmarkFigure(b *testing.B) {
	img := picturetest.PNG(b, picturetest.Plain(640, 480))
	pool := script(sessions.Execution{Displays: []sessions.Display{toolstest.Display("image/png", string(img))}})
	tools, err := New(Options{Pool: pool, Session: fixedSession})
	if err != nil {
		b.Fatal(err)
	}
	defer tools.Close()
	handler := tools.runPython().Handler
	var req mcp.CallToolRequest
	req.Params.RawArguments = json.RawMessage(`{"code":"plt.plot()"}`)
	for b.Loop() {
		if result, err := handler(b.Context(), req); err != nil || result.IsError {
			b.Fatal(result, err)
		}
	}
}
