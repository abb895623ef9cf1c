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
)

// handles are the conversations of clients that have no sessions.
type handles struct{ book *conversation.Registry }

var _ tools.Handles = handles{}

// Wanted implements tools.Handles.
func (h handles) Wanted(ctx context.Context) bool { return web.Conversation(ctx) == nil }

// Life implements tools.Handles.
func (h handles) Life() time.Duration { return h.book.Idle() }

// Open implements tools.Handles.
func (h handles) Open(ctx context.Context, handle string) (tools.Handled, error) {
	c, err := h.find(ctx, handle)
	if err != nil {
		return tools.Handled{}, explainConversation(err)
	}
	call, leave, err := c.Enter(ctx, "")
	if err != nil {
		return tools.Handled{}, explainConversation(err)
	}
	opened := tools.Handled{Context: call, Session: c.Session(), Leave: func(drop bool) {
		leave()
		if drop {
			h.book.End(c)
		}
	}}
	if handle == "" {
		opened.New = c.Name()
	}
	return opened, nil
}

func (h handles) find(ctx context.Context, handle string) (*conversation.Conversation, error) {
	principal := string(guard.Caller(ctx))
	if handle == "" {
		return h.book.Begin(principal, conversation.Handle, conversation.About{})
	}
	return h.book.Find(principal, conversation.Handle, handle)
}

// explainConversation says to a model what the error means for it.
func explainConversation(err error) error {
	switch {
	case errors.Is(err, conversation.ErrUnknown):
		return tools.Mistake("There is no session with this session_id: it has ended, with its variables and files, or it was not copied exactly. " +
			"Nothing was run. Copy the session_id of the first answer exactly; if it has ended, call run_python or upload_file without session_id to begin a new session, and make again what was in it.")
	case errors.Is(err, conversation.ErrTooMany):
		return tools.Mistake("No new session can begin, since as many as are allowed are open. Nothing was run. " +
			"Pass the session_id of an earlier answer to go on with that session, or try again later: sessions end by themselves when they are not used.")
	case errors.Is(err, jsonrpc.ErrBusy):
		return tools.Mistake("Too many calls of this session are under way. Nothing was run. Wait for their answers, then make the same call again.")
	}
	return err
}

// session names the session of a request that belongs to a conversation.
func (h handles) session(ctx context.Context) (sessions.ID, error) {
	c := web.Conversation(ctx)
	if c == nil {
		return "", tools.Mistake("This version of the protocol has no sessions, so it is not known whose file is meant. Add ?session_id= and the session_id of an earlier answer to the address of the file, or call download_file.")
	}
	return c.Session(), nil
}
