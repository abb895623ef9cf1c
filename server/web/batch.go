package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// batchVersion is the one version of the protocol that has batches.
const batchVersion = "2025-03-26"

// A batch is an array of messages that are answered together.
type batch struct {
	h *Handler
	c *conversation.Conversation
	a *answer

	reports chan mcp.JSONRPCNotification
	ended   chan mcp.JSONRPCMessage // what each call is answered with, nil if it is not
	calls   int
	answers []mcp.JSONRPCMessage
}

// batching finds the conversation of a request that may be a batch, if it has
// one.
func (h *Handler) batching(r *http.Request) (*conversation.Conversation, bool) {
	if version := r.Header.Get(mcp.HeaderProtocolVersion); version != "" && version != batchVersion {
		return nil, false
	}
	c, refused := h.conversation(r)
	return c, refused == nil && c.About().Version == batchVersion
}

// postBatch serves a batch. The calls run at the same time; their answers are an
// array, or events if there is something to say before.
func (h *Handler) postBatch(w http.ResponseWriter, r *http.Request, c *conversation.Conversation, text []byte) {
	members, wrong := jsonrpc.SplitBatch(text)
	if wrong != nil {
		h.refuse(w, refusal{status: http.StatusBadRequest, code: wrong.Error.Code, text: wrong.Error.Message})
		return
	}
	b := &batch{
		h: h, c: c, a: newAnswer(h, w, r, nil),
		reports: make(chan mcp.JSONRPCNotification), ended: make(chan mcp.JSONRPCMessage),
	}
	ctx, cancel := h.outlive(context.WithValue(r.Context(), conversationKey{}, c))
	defer cancel(nil)
	ctx, account := h.openBudget(ctx)
	defer account.Close()
	account.Wait(ctx, batchNeed(members))
	var running sync.WaitGroup
	defer running.Wait()
	for _, member := range members {
		m, wrong := jsonrpc.Parse(member)
		switch {
		case wrong != nil:
			b.answers = append(b.answers, *wrong)
		case m.Kind != jsonrpc.Call:
			h.notice(r.Context(), c, m)
		case m.Method == string(mcp.MethodInitialize):
			b.fail(m, "initialize begins a session; send it on its own, without a session ID")
		case eraOf(r, m).modern:
			b.fail(m, "the protocol version in _meta does not have batches; send the message on its own")
		default:
			b.begin(ctx, m, &running)
		}
	}
	b.wait()
	b.finish()
}

func (b *batch) fail(m jsonrpc.Message, why string) {
	b.answers = append(b.answers, jsonrpc.Failure(m.ID, mcp.INVALID_REQUEST, why))
}

// begin runs a call.
func (b *batch) begin(ctx context.Context, m jsonrpc.Message, running *sync.WaitGroup) {
	ctx, leave, err := b.c.Enter(ctx, m.Key())
	if err != nil {
		b.fail(m, err.Error())
		return
	}
	b.calls++
	running.Go(func() {
		defer leave()
		session := newSession(b.c.About(), b.a.requester(b.c))
		answers := make(chan mcp.JSONRPCMessage, 1)
		go func() { answers <- b.h.ask(ctx, session, m) }() // the batch has the memory
		answer := jsonrpc.Relay(session, answers, jsonrpc.Outlet{Notify: func(n mcp.JSONRPCNotification) { b.reports <- n }})
		if errors.Is(context.Cause(ctx), jsonrpc.ErrCancelled) {
			answer = nil
		}
		b.ended <- answer
	})
}

// wait gathers the answers and writes what comes before them.
func (b *batch) wait() {
	beat := time.NewTicker(b.h.opts.heartbeat)
	defer beat.Stop()
	for b.calls > 0 {
		select {
		case n := <-b.reports:
			b.a.event(n)
		case q := <-b.a.questions:
			b.a.event(q)
		case <-beat.C:
			b.a.beat()
		case answer := <-b.ended:
			b.calls--
			if answer != nil {
				b.answers = append(b.answers, answer)
			}
		}
		if b.a.open {
			b.flush()
		}
	}
}

// flush writes the answers that there are as events.
func (b *batch) flush() {
	for _, answer := range b.answers {
		b.a.event(answer)
	}
	b.answers = nil
}

func (b *batch) finish() {
	switch {
	case b.a.open || b.a.must && len(b.answers) > 0:
		b.flush()
	case len(b.answers) == 0:
		b.a.drop()
	default:
		all := make([]json.RawMessage, len(b.answers))
		for i, answer := range b.answers {
			all[i] = b.h.marshal(answer)
		}
		b.h.answerJSON(b.a.w, http.StatusOK, all)
	}
}
