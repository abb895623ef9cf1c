package server

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
)

// TestShutdownAnswersWhatItInterrupts has a call run in each transport that
// does not end by itself: its client must get an answer that says why.
func TestShutdownAnswersWhatItInterrupts(t *testing.T) {
	t.Parallel()
	pool := newVariablePool()
	registry := conversation.New(conversation.Options{Pool: pool})
	t.Cleanup(registry.Close)
	service, err := newProgram(t, pool, Streams{}, "--transport=http").newService(pool, registry, newTasks(t), linksTo(t, pool), nil, guard.NewTokens(ada, bob))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, signal := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- httpserver.Serve(ctx, listener, service.handler, httpserver.Options{
			Grace: 100 * time.Millisecond, Drain: service.web.Drain, Interrupt: service.web.Interrupt, Logger: zerolog.Nop(),
		})
	}()
	s := &webServer{t: t, url: "http://" + listener.Addr().String(), registry: registry, pool: pool}
	stream, old := s.sse(ada), s.begin(ada)
	s.do(request{path: stream.endpoint, body: initializeBody})
	stream.next()
	answers := make(chan string, 2)
	go func() { answers <- s.do(request{session: old, body: runCall(1, "wait")}).text }()
	go func() { answers <- s.do(modernRun("wait", "")).text }()
	s.do(request{path: stream.endpoint, body: runCall(1, "wait")})
	for range 3 {
		<-pool.running
	}
	signal()
	for _, text := range []string{stream.next(), <-answers, <-answers} {
		if !strings.Contains(text, "The server is shutting down") {
			t.Errorf("got %s", text)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
