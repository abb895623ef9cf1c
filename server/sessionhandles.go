package server

import (
	"context"
	"errors"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/server/web"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools"
	"dynamic-sessions-mcp/tools/mistake"
)

// sessionHandles are the conversations of clients whose protocol has no sessions:
// they name theirs by a session handle, the session_id of tools.
type sessionHandles struct{ registry *conversation.Registry }

var _ tools.SessionHandles = sessionHandles{}

// Wanted implements tools.SessionHandles.
func (h sessionHandles) Wanted(ctx context.Context) bool { return web.Conversation(ctx) == nil }

// Life implements tools.SessionHandles.
func (h sessionHandles) Life() time.Duration { return h.registry.Idle() }

// Open implements tools.SessionHandles.
func (h sessionHandles) Open(ctx context.Context, handle string) (tools.Conversation, error) {
	c, err := h.find(ctx, handle)
	if err != nil {
		return tools.Conversation{}, explainConversation(err)
	}
	call, leave, err := c.Enter(ctx, "")
	if err != nil {
		return tools.Conversation{}, explainConversation(err)
	}
	opened := tools.Conversation{Context: context.WithValue(call, handledKey{}, c), Session: c.Session(), Leave: func(drop bool) {
		leave()
		if drop {
			h.registry.End(c)
		}
	}}
	if handle == "" {
		opened.New = c.Name()
	}
	return opened, nil
}

// handledKey is the key of the conversation that a call names by a handle.
type handledKey struct{}

// hold keeps the conversation of a call from becoming idle while a run goes on that
// outlives the call.
func hold(ctx context.Context) (held context.Context, release func(), err error) {
	c := web.Conversation(ctx)
	if c == nil {
		c, _ = ctx.Value(handledKey{}).(*conversation.Conversation)
	}
	ctx = context.WithoutCancel(ctx)
	if c == nil {
		return ctx, func() {}, nil
	}
	held, release, err = c.Enter(ctx, "")
	if err != nil {
		return nil, nil, explainConversation(err)
	}
	return held, release, nil
}

func (h sessionHandles) find(ctx context.Context, handle string) (*conversation.Conversation, error) {
	principal := string(guard.Caller(ctx))
	if handle == "" {
		return h.registry.Begin(principal, conversation.Handle, conversation.About{})
	}
	return h.registry.Find(principal, conversation.Handle, handle)
}

// explainConversation tells a model what the error means for it.
func explainConversation(err error) error {
	switch {
	case errors.Is(err, conversation.ErrUnknown):
		return mistake.New("There is no session with this session_id: it has ended, with its variables and files, or the session_id was not copied exactly. " +
			"Nothing was run. Copy the session_id of the first answer exactly; if the session has ended, call run_python or upload_file without session_id to begin a new one, and recreate what was in it.")
	case errors.Is(err, conversation.ErrTooMany):
		return mistake.New("No new session can begin because the maximum number of sessions is open. Nothing was run. " +
			"Pass the session_id of an earlier answer to continue that session, or try again later: unused sessions end by themselves.")
	case errors.Is(err, jsonrpc.ErrBusy):
		return mistake.New("Too many calls of this session are in progress. Nothing was run. Wait for their answers, then make the same call again.")
	}
	return err
}

// session returns the session of a request that belongs to a conversation.
func (h sessionHandles) session(ctx context.Context) (sessions.ID, error) {
	c := web.Conversation(ctx)
	if c == nil {
		return "", mistake.New("This version of the protocol has no sessions, so it is unclear which session the file belongs to. Add ?session_id= with the session_id of an earlier answer to the URI of the file, or call download_file.")
	}
	return c.Session(), nil
}
