package web

import (
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// An answer is the response to one request: a JSON object, or a stream of events
// if something is reported first.
type answer struct {
	h      *Handler
	w      http.ResponseWriter
	status func(mcp.JSONRPCMessage) int
	events bool // the client accepts a stream
	must   bool // and nothing else
	open   bool // the stream has begun
	gone   bool // the client has stopped reading

	questions chan mcp.JSONRPCRequest // of the call, to be written
	left      <-chan struct{}         // closed when the client disconnects
}

func newAnswer(h *Handler, w http.ResponseWriter, r *http.Request, status func(mcp.JSONRPCMessage) int) *answer {
	return &answer{
		h: h, w: w, status: status, events: acceptsEvents(r), must: !acceptsJSON(r),
		questions: make(chan mcp.JSONRPCRequest), left: r.Context().Done(),
	}
}

// requester asks the client of a conversation on its stream, as long as that is
// connected. It is nil for clients that accept no streams.
func (a *answer) requester(c *conversation.Conversation) *jsonrpc.ClientRequester {
	if c == nil || !a.events {
		return nil
	}
	return requesterOf(c, a.questions, a.left)
}

// wait returns the answer, and writes the notifications and questions that come
// before it.
func (a *answer) wait(answers <-chan mcp.JSONRPCMessage, session *jsonrpc.Session) mcp.JSONRPCMessage {
	beat := time.NewTicker(a.h.opts.heartbeat)
	defer beat.Stop()
	return jsonrpc.Relay(session, answers, jsonrpc.Outlet{
		Notify:    func(n mcp.JSONRPCNotification) { a.event(n) },
		Questions: a.questions, Ask: func(q mcp.JSONRPCRequest) { a.event(q) },
		Beats: beat.C, Beat: a.beat,
	})
}

// beat keeps the stream alive, if the client accepts one.
func (a *answer) beat() {
	if a.events {
		a.write(": \n\n")
	}
}

// event writes a message to the stream, if the client accepts one.
func (a *answer) event(m mcp.JSONRPCMessage) {
	if text := a.h.marshal(m); a.events && text != nil {
		a.write(eventOf(text))
	}
}

// eventOf returns a message as an event. It is one line: JSON escapes line feeds
// in strings.
func eventOf(text []byte) string { return "event: message\ndata: " + string(text) + "\n\n" }

func (a *answer) write(text string) {
	if a.gone {
		return
	}
	if !a.open {
		a.open = true
		beginStream(a.w)
	}
	a.gone = !sendText(a.w, text)
}

// beginStream writes the head of a stream of events.
func beginStream(w http.ResponseWriter) {
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
}

// sendText writes and flushes text. It reports false if that fails.
func sendText(w http.ResponseWriter, text string) bool {
	writeFor(w)
	if _, err := w.Write([]byte(text)); err != nil {
		return false
	}
	return http.NewResponseController(w).Flush() == nil
}

// finish writes the last message.
func (a *answer) finish(m mcp.JSONRPCMessage) {
	if a.open || a.must {
		a.write(eventOf(a.h.marshal(m)))
		return
	}
	status := http.StatusOK
	if a.status != nil {
		status = a.status(m)
	}
	a.h.answerJSON(a.w, status, m)
}

// drop ends the response to a request that was cancelled, without an answer.
func (a *answer) drop() {
	if !a.open {
		a.w.WriteHeader(http.StatusAccepted)
	}
}
