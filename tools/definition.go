package tools

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
)

// A definition is one tool: what models see of it and what it does.
type definition[A any] struct {
	name, title, description string
	params                   []parameter[A]
	hints                    hints
	// maxChars tells Claude Code how much text an answer may hold before it is put
	// aside in a file; 0 leaves that to the client.
	maxChars int
	activity string // what progress calls it: "running"
	run      func(ctx context.Context, c call, args A) (*mcp.CallToolResult, error)
	// sessionHandleDescription replaces description for clients that need session
	// handles; "" means that a sentence is added to description.
	sessionHandleDescription string
}

// hints are the annotations of a tool, all of them, since the defaults of the
// specification are the most alarming ones.
type hints struct{ readOnly, destructive, idempotent, openWorld bool }

// A call is what a tool knows about the request besides its arguments.
type call struct {
	session  sessions.ID
	handle   string          // by which the client names the session, "" if it need not
	progress *progress       // nil when the caller did not ask
	link     render.LinkFunc // nil if the client takes no resource links

	fresh bool   // the client was not told the handle yet
	retry *retry // what the call carries on with, nil for a new call
	asker *asker // what asks the user while the call waits, nil if nobody is asked
}

// serverTool returns the tool that d defines, for all clients.
func serverTool[A any](t *Tools, d definition[A]) server.ServerTool {
	serve := d.serve
	if t.sessionHandles != nil {
		with := d.withSessionHandle(prose.Span(t.sessionHandles.Life()))
		t.sessionHandleTools[d.name] = with.tool()
		serve = func(ctx context.Context, t *Tools, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if t.sessionHandles.Wanted(ctx) {
				return with.serveWithSessionHandle(ctx, t, req)
			}
			return d.serve(ctx, t, req)
		}
	}
	return server.ServerTool{Tool: d.tool(), Handler: func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result, err := serve(ctx, t, req)
		if err != nil {
			return t.failure(because(ctx, err)), nil
		}
		return result, nil
	}}
}

func (d definition[A]) serve(ctx context.Context, t *Tools, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	raw, err := rawArguments(req)
	if err != nil {
		return nil, err
	}
	args, err := bind(d.params, raw)
	if err != nil {
		return nil, err
	}
	again, err := t.retryOf(req)
	if err != nil {
		return nil, err
	}
	if again != nil && again.Handle != "" {
		return nil, errOtherSession()
	}
	id, err := t.session(ctx)
	if err != nil {
		return nil, err
	}
	return d.call(ctx, t, req, call{session: id, retry: again}, args)
}

func (d definition[A]) call(ctx context.Context, t *Tools, req mcp.CallToolRequest, c call, args A) (*mcp.CallToolResult, error) {
	reporter, stop := startProgress(ctx, req.Params.Meta, d.activity)
	defer stop()
	c.progress, c.link = reporter, t.link(ctx, c.handle)
	return d.run(ctx, c, args)
}

func (d definition[A]) tool() mcp.Tool {
	properties := make(map[string]any, len(d.params))
	var order, required []string
	for _, p := range d.params {
		if p.unlisted {
			continue
		}
		properties[p.name] = p.schema
		order = append(order, p.name)
		if p.required {
			required = append(required, p.name)
		}
	}
	tool := mcp.Tool{
		Name:        d.name,
		Title:       d.title,
		Description: d.description,
		InputSchema: mcp.ToolInputSchema{
			Type:                 "object",
			Properties:           properties,
			Required:             required,
			AdditionalProperties: false,
			PropertyOrder:        order,
		},
		Annotations: mcp.ToolAnnotation{
			Title:           d.title,
			ReadOnlyHint:    &d.hints.readOnly,
			DestructiveHint: &d.hints.destructive,
			IdempotentHint:  &d.hints.idempotent,
			OpenWorldHint:   &d.hints.openWorld,
		},
	}
	if d.maxChars > 0 {
		tool.Meta = mcp.NewMetaFromMap(map[string]any{"anthropic/maxResultSizeChars": d.maxChars})
	}
	return tool
}
