package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// streamRoom is how many answers of a stream may wait for the client to read.
const streamRoom = 16

// A stream is one connection of the SSE transport (MCP 2024-11-05), which is a
// conversation.
type stream struct {
	c    *conversation.Conversation
	out  chan []byte
	gone chan struct{} // closed when nothing is written any more

	mu    sync.Mutex
	ended bool // takes no more messages
	calls sync.WaitGroup
	about conversation.About
}

// serveSSE is the stream.
func (h *Handler) serveSSE(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		h.refuseMethod(w, "GET", "open the stream with GET, and send messages to the address in its first event")
		return
	}
	c, err := h.opts.Book.Begin(principal(r), conversation.Stream, conversation.About{})
	if err != nil {
		h.refuse(w, outcome(err, nil))
		return
	}
	s := &stream{c: c, out: make(chan []byte, streamRoom), gone: make(chan struct{})}
	h.mu.Lock()
	h.streams[c.Name()] = s
	h.mu.Unlock()
	beginStream(w)
	if sendText(w, "event: endpoint\ndata: /message?sessionId="+url.QueryEscape(c.Name())+"\n\n") {
		s.run(r.Context(), w, h)
	}
	h.mu.Lock()
	delete(h.streams, c.Name())
	h.mu.Unlock()
	s.close()
	close(s.gone)
	h.opts.Book.End(c)
	s.calls.Wait()
}

// run writes what calls answer until the client or the server ends.
func (s *stream) run(ctx context.Context, w http.ResponseWriter, h *Handler) {
	beat := time.NewTicker(h.opts.Heartbeat)
	defer beat.Stop()
	drain := h.drain
	var answered chan struct{}
	for {
		text := ": \n\n"
		select {
		case m := <-s.out:
			text = eventOf(m)
		case <-beat.C:
		case <-drain:
			s.close()
			drain, answered = nil, make(chan struct{})
			go func(done chan<- struct{}) { s.calls.Wait(); close(done) }(answered)
			continue
		case <-answered:
			s.rest(w)
			return
		case <-ctx.Done():
			return
		}
		if !sendText(w, text) {
			return
		}
	}
}

// rest writes what is still waiting.
func (s *stream) rest(w http.ResponseWriter) {
	for {
		select {
		case m := <-s.out:
			if !sendText(w, eventOf(m)) {
				return
			}
		default:
			return
		}
	}
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// begin runs a call beside the stream; it reports false if the stream has ended.
func (s *stream) begin(call func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.calls.Go(call)
	return true
}

// send gives a message to the stream and waits until there is room for it.
func (s *stream) send(text []byte) {
	select {
	case s.out <- text:
	case <-s.gone:
	}
}

// serveMessage takes one message of a stream's client.
func (h *Handler) serveMessage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.refuseMethod(w, "POST", "send messages with POST")
		return
	}
	s, refused := h.stream(r)
	if refused != nil {
		h.refuse(w, *refused)
		return
	}
	m, refused := h.message(w, r)
	if refused != nil {
		h.refuse(w, *refused)
		return
	}
	if m.Kind != jsonrpc.Call {
		h.notice(r.Context(), s.c, m)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	ctx, cancel := h.outlive(r.Context())
	ctx, leave, err := s.c.Enter(context.WithValue(ctx, conversationKey{}, s.c), m.Key())
	if err != nil {
		cancel(nil)
		h.refuse(w, outcome(err, m.ID))
		return
	}
	begun := s.begin(func() {
		defer cancel(nil)
		defer leave()
		s.answer(ctx, h, m)
	})
	if !begun {
		leave()
		cancel(nil)
		h.refuse(w, outcome(conversation.ErrUnknown, m.ID))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (h *Handler) stream(r *http.Request) (*stream, *refusal) {
	names := r.URL.Query()["sessionId"]
	if len(names) != 1 {
		return nil, &refusal{status: http.StatusBadRequest, text: "send the message to the address in the first event of the stream"}
	}
	gone := &refusal{status: http.StatusNotFound, text: "there is no such stream: it has ended, or it never was one of yours; open a new one at /sse"}
	if _, err := h.opts.Book.Find(principal(r), conversation.Stream, names[0]); err != nil {
		return nil, gone
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.streams[names[0]]; ok {
		return s, nil
	}
	return nil, gone
}

// answer asks the server and writes the answer to the stream. Notifications come
// before it; those that find no room are dropped.
func (s *stream) answer(ctx context.Context, h *Handler, m jsonrpc.Message) {
	if m.Method == string(mcp.MethodInitialize) {
		answer, about := h.handshake(ctx, m)
		s.mu.Lock()
		s.about = about
		s.mu.Unlock()
		s.send(h.marshal(answer))
		return
	}
	s.mu.Lock()
	session := newSession(s.about)
	s.mu.Unlock()
	answers := make(chan mcp.JSONRPCMessage, 1)
	go func() {
		answers <- jsonrpc.Ask(h.opts.Server.WithContext(ctx, session), h.opts.Server, m, h.opts.Logger)
	}()
	var last mcp.JSONRPCMessage
	for last == nil {
		select {
		case n := <-session.Notifications():
			s.offer(h.marshal(n))
		case last = <-answers:
		}
	}
	for more := true; more; {
		select {
		case n := <-session.Notifications():
			s.offer(h.marshal(n))
		default:
			more = false
		}
	}
	if !errors.Is(context.Cause(ctx), conversation.ErrCancelled) {
		s.send(h.marshal(last))
	}
}

// offer gives a message to the stream if there is room.
func (s *stream) offer(text []byte) {
	select {
	case s.out <- text:
	default:
	}
}
