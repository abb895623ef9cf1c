package tools

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// sessionHandleArgument is the argument for the session handle.
const sessionHandleArgument = "session_id"

// SessionHandles name conversations in versions of the protocol without sessions:
// the answer to the first call has a handle, which the model passes with every later
// call. The methods may be called concurrently.
type SessionHandles interface {
	// Wanted reports whether the client of the request needs session handles.
	Wanted(ctx context.Context) bool
	// Open returns the conversation with the handle, or a new one for "". Errors
	// are mistakes, or those of a pool.
	Open(ctx context.Context, handle string) (Conversation, error)
	// Life returns how long a handle stays valid without a call.
	Life() time.Duration
}

// A Conversation is what one call needs of the conversation that it belongs to.
type Conversation struct {
	Context context.Context // of the call: it ends with the conversation
	Session sessions.ID
	New     string // the handle, if it was made for this call
	// Leave ends the call and must be called. drop forgets a new conversation whose
	// call failed.
	Leave func(drop bool)
}

// serveWithSessionHandle serves a call of a client that needs session handles.
func (d definition[A]) serveWithSessionHandle(ctx context.Context, t *Tools, req mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
	raw, err := rawArguments(req)
	if err != nil {
		return nil, err
	}
	handle, raw, err := takeSessionHandle(raw)
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
	if handle, err = again.conversation(handle); err != nil {
		return nil, err
	}
	h, err := t.sessionHandles.Open(ctx, handle)
	if err != nil {
		return nil, err
	}
	defer func() { h.Leave(err != nil && h.New != "") }()
	c := call{session: h.Session, handle: cmp.Or(h.New, handle), retry: again, fresh: h.New != "" || again != nil && again.New}
	if result, err = d.call(h.Context, t, req, c, args); err == nil && c.fresh && !result.NeedsInput() {
		t.tellSessionHandle(result, c.handle)
	}
	return result, err
}

// tellSessionHandle tells the model the handle of a new conversation: in the first
// text, because clients cut long answers at their end, unless programs read the first
// text as JSON.
func (t *Tools) tellSessionHandle(result *mcp.CallToolResult, handle string) {
	text := mcp.NewTextContent(sessionHandleArgument + ": " + handle + "\nThis call started a new session. Pass this " + sessionHandleArgument +
		" with every later call of these tools, or the variables and files of the session are out of reach. It expires after " +
		prose.Span(t.sessionHandles.Life()) + " without a call.")
	if t.format == FormatJSON {
		result.Content = append(result.Content, text)
		return
	}
	result.Content = append([]mcp.Content{text}, result.Content...)
}

// takeSessionHandle takes the handle out of the arguments.
func takeSessionHandle(raw json.RawMessage) (handle string, rest json.RawMessage, err error) {
	given, err := members(raw)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	b.WriteByte('{')
	seen := false
	for _, m := range given {
		if m.name == sessionHandleArgument {
			if seen {
				return "", nil, mistake.Errorf("The argument %s is given twice. Give it once.", sessionHandleArgument)
			}
			seen = true
			if string(m.value) != "null" {
				if handle, err = stringValue(sessionHandleArgument, m.value); err != nil {
					return "", nil, err
				}
			}
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return "", nil, malformed(err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return handle, b.Bytes(), nil
}

// filter shows clients that need session handles the tools with the argument for it.
func (t *Tools) filter(ctx context.Context, all []mcp.Tool) []mcp.Tool {
	if !t.sessionHandles.Wanted(ctx) {
		return all
	}
	shown := make([]mcp.Tool, len(all))
	for i, tool := range all {
		shown[i] = tool
		if with, ok := t.sessionHandleTools[tool.Name]; ok {
			shown[i] = with
		}
	}
	return shown
}

// withSessionHandle is the definition of a tool for clients that need session handles.
func (d definition[A]) withSessionHandle(life string) definition[A] {
	if d.sessionHandleDescription != "" {
		d.description = d.sessionHandleDescription
	} else {
		d.description += " Pass the " + sessionHandleArgument + " from the first answer of these tools."
	}
	d.params = append(d.params[:len(d.params):len(d.params)], parameter[A]{
		name: sessionHandleArgument,
		schema: map[string]any{
			"type": "string",
			"description": "The session to continue: the " + sessionHandleArgument + " from the first answer of this conversation. " +
				"Omit it only in the first call, which starts a new session. A session expires after " + life + " without a call.",
		},
	})
	return d
}
