package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// serveMCP is the endpoint of streamable HTTP.
func (h *Handler) serveMCP(w http.ResponseWriter, r *http.Request) {
	modern := mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion))
	switch {
	case r.Method == http.MethodPost:
		h.post(w, r)
	case r.Method == http.MethodDelete && !modern:
		h.delete(w, r)
	case modern:
		h.refuseMethod(w, "POST", "this protocol version allows only POST")
	default:
		h.refuseMethod(w, "POST, DELETE", "this server offers no stream of its own; send messages with POST")
	}
}

func (h *Handler) post(w http.ResponseWriter, r *http.Request) {
	if !acceptsJSON(r) && !acceptsEvents(r) {
		h.refuse(w, refusal{status: http.StatusNotAcceptable, text: errNotAccepted.Error()})
		return
	}
	text, free, refused := h.text(w, r)
	if refused != nil {
		h.refuse(w, *refused)
		return
	}
	defer free()
	if jsonrpc.IsBatch(text) {
		if c, ok := h.batching(r); ok {
			h.postBatch(w, r, c, text)
			return
		}
	}
	m, refused := parse(text)
	if refused != nil {
		h.refuse(w, *refused)
		return
	}
	e := eraOf(r, m)
	switch {
	case e.modern:
		h.postModern(w, r, m, e)
	case m.Kind == jsonrpc.Call && m.Method == string(mcp.MethodInitialize):
		h.initialize(w, r, m)
	default:
		h.postInSession(w, r, m, e)
	}
}

// postModern serves a request that stands alone. It is cancelled when its client
// disconnects; a separate cancellation could only name somebody else's request,
// and has no effect.
func (h *Handler) postModern(w http.ResponseWriter, r *http.Request, m jsonrpc.Message, e era) {
	refused := e.check(r, m)
	if refused == nil {
		refused = e.checkArguments(r, m, h.opts.Server)
	}
	if refused != nil {
		h.refuse(w, *refused)
		return
	}
	if m.Kind == jsonrpc.Notification {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	ctx, cancel := jsonrpc.EndWith(r.Context(), h.calls)
	defer cancel(nil)
	h.exchange(ctx, w, r, m, conversation.About{Version: e.meta}, statusOf)
}

// initialize begins a conversation.
func (h *Handler) initialize(w http.ResponseWriter, r *http.Request, m jsonrpc.Message) {
	if r.Header.Get(mcp.HeaderSessionID) != "" {
		h.refuse(w, refusal{status: http.StatusBadRequest, id: m.ID, text: "initialize begins a new session; send it without a session ID"})
		return
	}
	answer, about := h.handshake(r.Context(), m)
	if _, ok := answer.(mcp.JSONRPCResponse); ok {
		c, err := h.opts.Conversations.Begin(principal(r), conversation.Session, about)
		if err != nil {
			h.refuse(w, outcome(err, m.ID))
			return
		}
		w.Header().Set(mcp.HeaderSessionID, c.Name())
	}
	a := newAnswer(h, w, r, nil)
	a.finish(answer)
}

// handshake answers initialize and returns what was agreed on.
func (h *Handler) handshake(ctx context.Context, m jsonrpc.Message) (mcp.JSONRPCMessage, conversation.About) {
	session := jsonrpc.NewSession(notificationBuffer, nil)
	answer := h.ask(ctx, session, m)
	about := conversation.About{
		Version: session.ProtocolVersion(), Client: session.GetClientInfo().Name, Answers: answersOf(session.GetClientCapabilities()),
	}
	return answer, about
}

// postInSession serves a message of a conversation.
func (h *Handler) postInSession(w http.ResponseWriter, r *http.Request, m jsonrpc.Message, e era) {
	c, refused := h.conversation(r)
	if refused == nil {
		refused = e.checkOld(m)
	}
	if refused != nil {
		refused.id = m.ID
		h.refuse(w, *refused)
		return
	}
	if m.Kind != jsonrpc.Call {
		h.notice(r.Context(), c, m)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	ctx, cancel := h.outlive(r.Context())
	defer cancel(nil)
	ctx, leave, err := c.Enter(context.WithValue(ctx, conversationKey{}, c), m.Key())
	if err != nil {
		h.refuse(w, outcome(err, m.ID))
		return
	}
	defer leave()
	h.exchange(ctx, w, r, m, c.About(), nil)
}

// conversation finds the conversation that the header names.
func (h *Handler) conversation(r *http.Request) (*conversation.Conversation, *refusal) {
	names := r.Header.Values(mcp.HeaderSessionID)
	if len(names) != 1 || names[0] == "" {
		return nil, &refusal{status: http.StatusBadRequest, text: "the " + mcp.HeaderSessionID + " header must have the session ID from the answer to initialize"}
	}
	c, err := h.opts.Conversations.Find(principal(r), conversation.Session, names[0])
	if err != nil {
		refused := outcome(err, nil)
		return nil, &refused
	}
	return c, nil
}

// notice acts on a message that is not a call.
func (h *Handler) notice(ctx context.Context, c *conversation.Conversation, m jsonrpc.Message) {
	switch {
	case m.Kind == jsonrpc.Response:
		c.Questions().Answer(m)
	case m.Method == jsonrpc.MethodCancelled:
		c.Cancel(jsonrpc.IDKey(m.Cancels))
	default:
		session := newSession(c.About(), nil)
		h.ask(ctx, session, m)
	}
}

func (h *Handler) delete(w http.ResponseWriter, r *http.Request) {
	c, refused := h.conversation(r)
	if refused != nil {
		h.refuse(w, *refused)
		return
	}
	h.opts.Conversations.End(c)
	w.WriteHeader(http.StatusNoContent)
}

// newSession returns what the library knows about the client of a call. A nil
// requester means that the client cannot be asked.
func newSession(about conversation.About, requester *jsonrpc.ClientRequester) *jsonrpc.Session {
	s := jsonrpc.NewSession(notificationBuffer, requester)
	s.SetProtocolVersion(about.Version)
	s.SetClientInfo(mcp.Implementation{Name: about.Client})
	s.SetClientCapabilities(capabilitiesOf(about.Answers))
	s.Initialize()
	return s
}

// ask returns what the server answers.
func (h *Handler) ask(ctx context.Context, session *jsonrpc.Session, m jsonrpc.Message) mcp.JSONRPCMessage {
	return jsonrpc.Ask(h.opts.Server.WithContext(ctx, session), h.opts.Server, m, h.opts.Logger)
}

// begin is ask within the account of ctx, on a goroutine that ends with the
// call. There always is an answer; see [jsonrpc.AskWithin].
func (h *Handler) begin(ctx context.Context, session *jsonrpc.Session, m jsonrpc.Message) <-chan mcp.JSONRPCMessage {
	answers := make(chan mcp.JSONRPCMessage, 1)
	go func() {
		answers <- h.opts.Tasks.AskWithin(h.opts.Server.WithContext(ctx, session), h.opts.Server, m, h.opts.Logger)
	}()
	return answers
}

// exchange asks the server and answers the client. It returns when the call has
// ended, whether or not the client is still connected. The HTTP status is 200 if
// status is nil.
func (h *Handler) exchange(ctx context.Context, w http.ResponseWriter, r *http.Request, m jsonrpc.Message, about conversation.About, status func(mcp.JSONRPCMessage) int) {
	a := newAnswer(h, w, r, status)
	session := newSession(about, a.requester(Conversation(ctx)))
	ctx, account := h.openBudget(ctx)
	defer account.Close()
	answer := a.wait(h.begin(ctx, session, m), session)
	if errors.Is(context.Cause(ctx), jsonrpc.ErrCancelled) {
		a.drop()
		return
	}
	a.finish(answer)
}
