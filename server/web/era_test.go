package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

func TestArgumentsInHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	s.h.opts.Server.AddTool(mcp.NewTool("route", mcp.WithString("region", func(schema map[string]any) { schema["x-mcp-header"] = "Region" })),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(r.GetString("region", "nowhere")), nil
		})
	big := strings.Repeat("b", 2*bigBody)
	for name, tt := range map[string]struct {
		arguments string
		headers   []string
		status    int
	}{
		"the same":      {`{"region":"eu"}`, []string{"eu"}, 200},
		"encoded":       {`{"region":"Hello"}`, []string{"=?base64?SGVsbG8=?="}, 200},
		"big":           {`{"region":"eu","more":"` + big + `"}`, []string{"eu"}, 200},
		"neither":       {`{}`, nil, 200},
		"empty":         {`{"region":""}`, []string{""}, 200},
		"another":       {`{"region":"eu"}`, []string{"us"}, 400},
		"twice":         {`{"region":"eu"}`, []string{"eu", "eu"}, 400},
		"missing":       {`{"region":"eu"}`, nil, 400},
		"big, missing":  {`{"region":"` + big + `"}`, nil, 400},
		"only a header": {`{}`, []string{"eu"}, 400},
		"no base64":     {`{"region":"Hello"}`, []string{"=?base64?SGVs!!!bG8=?="}, 400},
	} {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"route","arguments":%s,
			"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},
			"io.modelcontextprotocol/clientCapabilities":{}}}}`, tt.arguments)
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{
			"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {"2026-07-28"},
			"Mcp-Method": {"tools/call"}, "Mcp-Name": {"route"}, "Mcp-Param-Region": tt.headers,
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, response)
		response.Body.Close()
		if response.StatusCode != tt.status || strings.Contains(got, fmt.Sprint(mcp.HEADER_MISMATCH)) != (tt.status == 400) || !strings.Contains(got, `"id":5`) {
			t.Errorf("%s: %d %.300s", name, response.StatusCode, got)
		}
	}
}
