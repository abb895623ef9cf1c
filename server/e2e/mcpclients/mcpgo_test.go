//go:build mcpclients

package mcpclients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	mcpclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// mcpGo opens conversations with the client of mcp-go.
type mcpGo struct{}

// goDialogue is a conversation of mcp-go's client. That does not tell a server
// of MCP up to 2025-11-25 when a call is cancelled, so the dialogue does, and
// has to know the ID of the request for it.
type goDialogue struct {
	client *mcpclient.Client
	agreed string
	tokens atomic.Int64

	mu       sync.Mutex
	requests map[string]json.RawMessage // their IDs, by progress token
	reports  map[string]func(mcpProgress)
}

// dial implements dialer.
func (mcpGo) dial(ctx context.Context, via mcpTransport, server mcpServer) (dialogue, error) {
	d := &goDialogue{requests: map[string]json.RawMessage{}, reports: map[string]func(mcpProgress){}}
	posts := &http.Client{Transport: watch{d: d, token: server.Token, RoundTripper: &http.Transport{}}}
	var line transport.Interface
	var err error
	if via.kind == "sse" {
		line, err = transport.NewSSE(server.URL+via.path, transport.WithHTTPClient(posts), transport.WithResponseTimeout(callTime))
	} else {
		line, err = transport.NewStreamableHTTP(server.URL+via.path, transport.WithHTTPBasicClient(posts))
	}
	if err != nil {
		return nil, err
	}
	d.client = mcpclient.NewClient(line)
	d.client.OnNotification(d.notified)
	// The stream of the SSE transport lives as long as its context.
	if err := d.client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = via.version
	hello.Params.ClientInfo = mcp.Implementation{Name: "scenarios", Version: "1"}
	answer, err := d.client.Initialize(ctx, hello)
	if err != nil {
		return nil, err
	}
	d.agreed = answer.ProtocolVersion
	return d, nil
}

// watch notes the IDs of calls on their way out, and adds the token: the client
// leaves its own headers out of the request that ends a session.
type watch struct {
	d     *goDialogue
	token string
	http.RoundTripper
}

func (w watch) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+w.token)
	if r.Body == nil {
		return w.RoundTripper.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	var call struct {
		ID     json.RawMessage
		Params struct {
			Meta struct{ ProgressToken string } `json:"_meta"`
		}
	}
	if json.Unmarshal(body, &call) == nil && call.Params.Meta.ProgressToken != "" {
		w.d.mu.Lock()
		w.d.requests[call.Params.Meta.ProgressToken] = call.ID
		w.d.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return w.RoundTripper.RoundTrip(r)
}

// notified hands a report to the call that asked for it.
func (d *goDialogue) notified(n mcp.JSONRPCNotification) {
	var params struct {
		ProgressToken string
		mcpProgress
	}
	if n.Method != "notifications/progress" || again(n.Params.AdditionalFields, &params) != nil {
		return
	}
	d.mu.Lock()
	report := d.reports[params.ProgressToken]
	d.mu.Unlock()
	if report != nil {
		report(params.mcpProgress)
	}
}

func (d *goDialogue) version() string { return d.agreed }

func (d *goDialogue) tools(ctx context.Context) (tools []mcpTool, err error) {
	listed, err := d.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, err
	}
	return tools, again(listed.Tools, &tools)
}

func (d *goDialogue) call(ctx context.Context, tool string, arguments map[string]any, progress func(mcpProgress)) (result mcpResult, err error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, arguments
	token := fmt.Sprint("call ", d.tokens.Add(1))
	if progress != nil {
		request.Params.Meta = &mcp.Meta{ProgressToken: token}
		d.mu.Lock()
		d.reports[token] = progress
		d.mu.Unlock()
	}
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.reports, token)
		delete(d.requests, token)
	}()
	answer, err := d.client.CallTool(ctx, request)
	if err != nil {
		if ctx.Err() != nil && d.agreed != modernVersion {
			d.cancelled(ctx, token)
		}
		return result, err
	}
	return result, again(answer, &result)
}

// cancelled tells the server that nobody waits for a call any more.
func (d *goDialogue) cancelled(ctx context.Context, token string) {
	d.mu.Lock()
	id := d.requests[token]
	d.mu.Unlock()
	var n mcp.JSONRPCNotification
	n.JSONRPC, n.Method = mcp.JSONRPC_VERSION, "notifications/cancelled"
	n.Params.AdditionalFields = map[string]any{"requestId": id}
	_ = d.client.GetTransport().SendNotification(context.WithoutCancel(ctx), n)
}

func (d *goDialogue) read(ctx context.Context, uri string) (resource mcpResource, err error) {
	var request mcp.ReadResourceRequest
	request.Params.URI = uri
	answer, err := d.client.ReadResource(ctx, request)
	if err != nil {
		return resource, err
	}
	return resource, again(answer, &resource)
}

func (d *goDialogue) close() error { return d.client.Close() }

// again decodes what value is in JSON.
func again(value, into any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
