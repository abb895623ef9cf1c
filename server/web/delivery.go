package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// A delivery is one message of a stream's client on its way. Until Close it
// holds the memory of its body and, if it is a call, a place among the calls of
// the conversation.
type delivery struct {
	h *Handler
	s *stream
	m jsonrpc.Message

	free  func()          // gives the body's memory back
	ctx   context.Context // of the call
	leave func()          // ends the call
}

// serveMessage takes one message of a stream's client.
func (h *Handler) serveMessage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.refuseMethod(w, "POST", "send messages with POST")
		return
	}
	d := &delivery{h: h, free: func() {}, leave: func() {}}
	refused := d.read(w, r)
	if refused == nil {
		refused = d.begin(r.Context())
	}
	if refused != nil {
		d.Close()
		h.refuse(w, *refused)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// read finds the stream of a request and reads its message.
func (d *delivery) read(w http.ResponseWriter, r *http.Request) (refused *refusal) {
	if d.s, refused = d.h.stream(r); refused != nil {
		return refused
	}
	text, free, refused := d.h.text(w, r)
	if refused != nil {
		return refused
	}
	d.free = free
	d.m, refused = parse(text)
	return refused
}

// begin acts on the message. A call runs on beside the stream, and closes the
// delivery when the client has taken its answer; anything else is over when
// begin returns.
func (d *delivery) begin(ctx context.Context) *refusal {
	if d.m.Kind != jsonrpc.Call {
		defer d.Close()
		d.h.notice(ctx, d.s.c, d.m)
		return nil
	}
	ctx, cancel := d.h.outlive(ctx)
	ctx, leave, err := d.s.c.Enter(context.WithValue(ctx, conversationKey{}, d.s.c), d.m.Key())
	if err != nil {
		cancel(nil)
		refused := outcome(err, d.m.ID)
		return &refused
	}
	d.ctx, d.leave = ctx, func() { leave(); cancel(nil) }
	if !d.s.begin(d.run) {
		refused := outcome(conversation.ErrUnknown, d.m.ID)
		return &refused
	}
	return nil
}

// Close gives back what the delivery holds.
func (d *delivery) Close() {
	d.leave()
	d.free()
}

// run answers the call. The answer stays in memory until the client reads it.
func (d *delivery) run() {
	defer d.Close()
	ctx, account := d.h.openBudget(d.ctx)
	defer account.Close()
	written := d.answer(ctx)
	d.leave()
	select {
	case <-written:
	case <-d.s.gone:
	}
}

// answer asks the server and writes the answer to the stream; see stream.send for
// what is returned. Notifications come before it; those that find the buffer full are
// dropped.
func (d *delivery) answer(ctx context.Context) (written <-chan struct{}) {
	if d.m.Method == string(mcp.MethodInitialize) {
		answer, about := d.h.handshake(ctx, d.m)
		d.s.agree(about)
		return d.s.send(d.h.marshal(answer))
	}
	questions := make(chan mcp.JSONRPCRequest)
	session := newSession(d.s.agreed(), requesterOf(d.s.c, questions, d.s.gone))
	last := jsonrpc.Relay(session, d.h.begin(ctx, session, d.m), jsonrpc.Outlet{
		Notify:    func(n mcp.JSONRPCNotification) { d.s.offer(d.h.marshal(n)) },
		Questions: questions, Ask: func(q mcp.JSONRPCRequest) { d.s.send(d.h.marshal(q)) },
	})
	if errors.Is(context.Cause(ctx), jsonrpc.ErrCancelled) {
		nothing := make(chan struct{})
		close(nothing)
		return nothing
	}
	return d.s.send(d.h.marshal(last))
}
