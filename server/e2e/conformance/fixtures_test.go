//go:build clients

package server

import (
	"net/http/httptest"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
)

// ServeConformanceFixtures serves MCP as the program does, over a pool in memory
// and with the tools, resources and prompts that the conformance suite calls. It
// asks for no token, since the suite has none to send. It returns the address of
// the endpoint.
func ServeConformanceFixtures(t *testing.T) string {
	t.Helper()
	pool := newNotebook()
	book := conversation.New(conversation.Options{Pool: pool})
	p := newProgram(t, pool, Streams{}, "--transport=http", "--no-auth")
	s, err := p.newService(pool, book, guard.Everyone{})
	if err != nil {
		t.Fatal(err)
	}
	addConformanceFixtures(s.mcp)
	web := httptest.NewServer(s.handler)
	t.Cleanup(func() {
		s.web.Drain()
		s.web.Interrupt()
		web.CloseClientConnections()
		web.Close()
		book.Close()
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return web.URL + "/mcp"
}

// addConformanceFixtures declares what the product has not, and adds what the
// suite's descriptions of its scenarios ask for. The lists do not change, so
// there is nothing that would trigger a change.
func addConformanceFixtures(mcp *server.MCPServer) {
	for _, declare := range []server.ServerOption{
		server.WithLogging(), server.WithPromptCapabilities(false), server.WithResourceCapabilities(true, false),
	} {
		declare(mcp)
	}
	mcp.AddTools(contentFixtures()...)
	mcp.AddTools(reportingFixtures()...)
	mcp.AddTools(elicitationFixtures()...)
	mcp.AddTools(inputFixtures()...)
	addResourceFixtures(mcp)
	addPromptFixtures(mcp)
}
