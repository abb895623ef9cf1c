//go:build conformance

package conformance

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/metrics"
	"dynamic-sessions-mcp/server/web"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools"
)

// serveFixtures serves MCP as the program does, over a pool in memory, and with the
// tools, resources and prompts that the conformance suite calls beside the
// program's. It asks for no token, since the suite has none to send. It returns the
// address of the endpoint.
func serveFixtures(t *testing.T) string {
	t.Helper()
	counts := metrics.New()
	mcp := server.NewMCPServer("fixtures", "1", server.WithInstructions("Call the fixtures."), server.WithToolCapabilities(false),
		server.WithResourceCapabilities(false, false), server.WithRecovery())
	mcp.Use(counts.Tool)
	pool := &sessionstest.Fake{}
	offered, err := tools.New(tools.Options{Pool: pool, Session: func(ctx context.Context) (sessions.ID, error) {
		c := web.Conversation(ctx)
		if c == nil {
			return "newer-era", nil // the fixtures have no session handles
		}
		return c.Session(), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	offered.Register(mcp)
	addFixtures(mcp)
	registry := conversation.New(conversation.Options{Pool: pool})
	table := newTasks()
	table.Declare(mcp)
	handler := web.New(web.Options{Server: mcp, Conversations: registry, Tasks: table, MaxMessage: 32 << 20})
	guarded := guard.New(guard.Options{Hosts: []string{"localhost", "127.0.0.1"}, Who: guard.Everyone{}})
	listening := httptest.NewServer(counts.Bytes(guarded.Wrap(handler)))
	t.Cleanup(func() {
		handler.Drain()
		handler.Interrupt()
		listening.CloseClientConnections()
		listening.Close()
		registry.Close()
		table.Close()
		if err := offered.Close(); err != nil {
			t.Error(err)
		}
	})
	return listening.URL + "/mcp"
}

// addFixtures declares what the product has not, and adds what the
// suite's descriptions of its scenarios ask for. The lists do not change, so
// there is nothing that would trigger a change.
func addFixtures(mcp *server.MCPServer) {
	for _, declare := range []server.ServerOption{
		server.WithLogging(), server.WithPromptCapabilities(false), server.WithResourceCapabilities(true, false),
	} {
		declare(mcp)
	}
	mcp.AddTools(contentFixtures()...)
	mcp.AddTools(reportingFixtures()...)
	mcp.AddTools(elicitationFixtures()...)
	mcp.AddTools(inputFixtures()...)
	mcp.AddTools(taskFixtures()...)
	addResourceFixtures(mcp)
	addPromptFixtures(mcp)
}
