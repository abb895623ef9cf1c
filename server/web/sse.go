package web

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"dynamic-sessions-mcp/server/conversation"
)

// streamBuffer is how many messages of a stream may wait to be written.
const streamBuffer = 16

// A stream is one connection of the SSE transport (MCP 2024-11-05), which is a
// conversation.
type stream struct {
	c    *conversation.Conversation
	out  chan event
	gone chan struct{} // closed when nothing more is written

	mu    sync.Mutex
	ended bool // takes no more messages
	calls sync.WaitGroup
	about conversation.About
}

// An event is a message for the client of a stream.
type event struct {
	text    []byte        // nil for a message that cannot be written
	written chan struct{} // closed when the client has taken it; nil if nobody waits for that
}

func (e event) write(w http.ResponseWriter) bool {
	ok := e.text == nil || sendText(w, eventOf(e.text))
	if e.written != nil {
		close(e.written)
	}
	return ok
}

// serveSSE serves the stream of one client.
func (h *Handler) serveSSE(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		h.refuseMethod(w, "GET", "open the stream with GET, and send messages to the address in its first event")
		return
	}
	c, err := h.opts.Conversations.Begin(principal(r), conversation.Stream, conversation.About{})
	if err != nil {
		h.refuse(w, outcome(err, nil))
		return
	}
	s := &stream{c: c, out: make(chan event, streamBuffer), gone: make(chan struct{})}
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
	h.opts.Conversations.End(c)
	s.calls.Wait()
}

// run writes the stream until the client disconnects or the server drains.
func (s *stream) run(ctx context.Context, w http.ResponseWriter, h *Handler) {
	beat := time.NewTicker(h.opts.heartbeat)
	defer beat.Stop()
	drain := h.drain
	var answered chan struct{}
	for {
		select {
		case e := <-s.out:
			if !e.write(w) {
				return
			}
		case <-beat.C:
			if !sendText(w, ": \n\n") {
				return
			}
		case <-drain:
			s.close()
			drain, answered = nil, make(chan struct{})
			go func(done chan<- struct{}) { s.calls.Wait(); close(done) }(answered)
		case <-answered:
			s.flush(w)
			return
		case <-ctx.Done():
			return
		}
	}
}

// flush writes what is still waiting.
func (s *stream) flush(w http.ResponseWriter) {
	for {
		select {
		case e := <-s.out:
			if !e.write(w) {
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

// agree keeps what the handshake of the stream's client has agreed on.
func (s *stream) agree(about conversation.About) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.about = about
}

func (s *stream) agreed() conversation.About {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.about
}

// send puts a message on the stream, and waits while its buffer is full. The
// channel is closed when the message is written, or nothing more will be.
func (s *stream) send(text []byte) (written <-chan struct{}) {
	e := event{text, make(chan struct{})}
	select {
	case s.out <- e:
		return e.written
	case <-s.gone:
		return s.gone
	}
}

func (h *Handler) stream(r *http.Request) (*stream, *refusal) {
	names := r.URL.Query()["sessionId"]
	if len(names) != 1 {
		return nil, &refusal{status: http.StatusBadRequest, text: "send the message to the address in the first event of the stream"}
	}
	gone := &refusal{status: http.StatusNotFound, text: "there is no such stream: it has ended, or it was never yours; open a new one at /sse"}
	if _, err := h.opts.Conversations.Find(principal(r), conversation.Stream, names[0]); err != nil {
		return nil, gone
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.streams[names[0]]; ok {
		return s, nil
	}
	return nil, gone
}

// offer puts a message on the stream, or drops it if the buffer is full.
func (s *stream) offer(text []byte) {
	select {
	case s.out <- event{text: text}:
	default:
	}
}
