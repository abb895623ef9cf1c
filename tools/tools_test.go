package tools

import (
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

const toolsSession sessions.ID = "test-session"

func fixedSession(context.Context) (sessions.ID, error) { return toolsSession, nil }

// A conversation is a client that talks MCP to the tools in the same process.
type conversation struct {
	*client.Client
	t     *testing.T
	tools *Tools
}

// converse starts a server with the tools over opts.Pool and a client named
// clientName.
func converse(t *testing.T, opts Options, clientName string) *conversation {
	t.Helper()
	if opts.Pool == nil {
		opts.Pool = &sessionstest.Fake{}
	}
	if opts.Session == nil {
		opts.Session = fixedSession
	}
	tools, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	tools.Register(srv)
	c, err := client.NewInProcessClient(srv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := tools.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2025-11-25"
	hello.Params.ClientInfo = mcp.Implementation{Name: clientName, Version: "1"}
	if _, err := c.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return &conversation{c, t, tools}
}

// call calls a tool with the arguments as JSON text. A protocol error fails the
// test: tools answer.
func (c *conversation) call(tool, arguments string) *mcp.CallToolResult {
	c.t.Helper()
	var req mcp.CallToolRequest
	req.Params.Name = tool
	if arguments != "" {
		req.Params.Arguments = json.RawMessage(arguments)
	}
	result, err := c.CallTool(c.t.Context(), req)
	if err != nil {
		c.t.Fatalf("%s %.100s: protocol error: %v", tool, arguments, err)
	}
	return result
}

// script makes a pool whose every run ends in run.
func script(run sessions.Execution) *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &run, nil
	}}
}

func quote(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func logger(w io.Writer) zerolog.Logger { return zerolog.New(w) }
