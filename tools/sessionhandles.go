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

// sessionHandleArgument is the argument that has a handle.
const sessionHandleArgument = "session_id"

// SessionHandles name conversations where the protocol has no sessions: the first call
// gets a handle with its answer, which the model passes back with every later
// one. Its methods may be called concurrently.
type SessionHandles interface {
	// Wanted reports whether the client of the request needs handles.
	Wanted(ctx context.Context) bool
	// Open returns the conversation with the handle, or a new one for "". Its
	// error says what the model is to do.
	Open(ctx context.Context, handle string) (Conversation, error)
	// Life says how long a handle is good for without a call.
	Life() time.Duration
}

// Conversation is a conversation that a call takes part in.
type Conversation struct {
	Context context.Context // of the call: it ends with the conversation
	Session sessions.ID
	New     string // the handle, if it was made for this call
	// Leave ends the call. A new conversation of which nothing came is dropped.
	Leave func(drop bool)
}

// serveWithSessionHandle serves a call of a client that needs handles.
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
	h, err := t.sessionHandles.Open(ctx, handle)
	if err != nil {
		return nil, err
	}
	defer func() { h.Leave(err != nil && h.New != "") }()
	c := call{session: h.Session, handle: cmp.Or(h.New, handle)}
	if result, err = d.call(h.Context, t, req, c, args); err == nil && h.New != "" {
		t.tellSessionHandle(result, h.New)
	}
	return result, err
}

// tellSessionHandle tells the model the handle of the conversation that has begun:
// first of all, since clients cut long answers at their end, unless programs
// read the first text as JSON.
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

// filter shows clients that need handles the tools with the argument for them.
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

// withSessionHandle is the definition of a tool as clients see it that need handles.
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
