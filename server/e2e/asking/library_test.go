package asking

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	library "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A person allows every host, and counts the questions.
type person struct{ asked atomic.Int64 }

// Elicit answers as the form wants it.
func (p *person) Elicit(_ context.Context, q mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked.Add(1)
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{
		Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"answer": "allow"},
	}}, nil
}

// TestClientOfALibrary has a client that others wrote ask its user, in each era and over each
// transport.
func TestClientOfALibrary(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	server := e2etest.StartWeb(t, program, "--egress=ask", "--warm=0")
	headers := transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + server.Token})
	for _, version := range []string{"2025-06-18", "2025-11-25", modern} {
		p := e2etest.Start(t, program, "serve", "--egress=ask", "--warm=0")
		overHTTP, err := transport.NewStreamableHTTP(server.URL+"/mcp", headers)
		if err != nil {
			t.Fatal(err)
		}
		for name, way := range map[string]transport.Interface{
			"stdio": transport.NewIO(p.Out, p.In, nil), "HTTP": overHTTP,
		} {
			user := &person{}
			c := library.NewClient(way, library.WithElicitationHandler(user), library.WithProtocolVersion(version))
			t.Cleanup(func() { _ = c.Close() })
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			hello := mcp.InitializeRequest{}
			hello.Params.ProtocolVersion, hello.Params.ClientInfo = version, mcp.Implementation{Name: "test", Version: "1"}
			if _, err := c.Initialize(t.Context(), hello); err != nil {
				t.Fatalf("%s, %s: %v", version, name, err)
			}
			text := ""
			for tool := "run_python"; tool != ""; {
				call := mcp.CallToolRequest{}
				call.Params.Name, call.Params.Arguments = tool, map[string]any{}
				if tool == "run_python" {
					call.Params.Arguments = map[string]any{"code": fetching("yes.example") + "\n" + fetching("two.example")}
				}
				result, err := c.CallTool(t.Context(), call)
				if err != nil {
					t.Fatalf("%s, %s: %v", version, name, err)
				}
				part := ""
				for _, content := range result.Content {
					part += mcp.GetTextFromContent(content)
				}
				if text, tool = text+part, ""; strings.Contains(part, "Call wait_for_run to wait for") && name == "stdio" {
					tool = "wait_for_run"
				}
			}
			if !strings.Contains(text, "502 yes.example cannot be reached") || !strings.Contains(text, "502 two.example cannot be reached") || user.asked.Load() != 2 {
				t.Errorf("%s, %s: asked %d times: %s", version, name, user.asked.Load(), text)
			}
		}
	}
}
