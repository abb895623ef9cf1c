package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/server/httpserver/httpservertest"
)

// The answer to OPTIONS * must not go around the guard either.
func TestWebGuardsOptionsOfEverything(t *testing.T) {
	t.Parallel()
	url := listenWeb(t)
	for host, want := range map[string]int{"evil.example": 403, "localhost": 401} {
		in := httpservertest.Dial(t, url, "OPTIONS * HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != want {
			t.Errorf("%s: want %d, got %v, %v", host, want, response, err)
		}
	}
}

// Without a token, too, a body that never ends must not keep the connection.
func TestWebLetsNobodyStall(t *testing.T) {
	t.Parallel()
	url := listenWeb(t)
	in := httpservertest.Dial(t, url, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
	if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != 401 {
		t.Fatalf("got %v, %v", response, err)
	}
	if _, err := io.Copy(io.Discard, in); httpservertest.IsTimeout(err) {
		t.Errorf("the connection stays open")
	}
}

// listenWeb serves MCP over HTTP as the program does.
func listenWeb(t *testing.T) (url string) {
	t.Helper()
	pool := newVariablePool()
	registry := conversation.New(conversation.Options{Pool: pool})
	s, err := newProgram(t, pool, Streams{}, "--transport=http").newService(pool, registry, newTasks(t), linksTo(t, pool), nil, guard.NewTokens(ada, bob))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() {
		ended <- httpserver.Serve(ctx, listener, s.handler, httpserver.Options{Grace: time.Millisecond, Drain: s.web.Drain, Interrupt: s.web.Interrupt})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		registry.Close()
	})
	return "http://" + listener.Addr().String()
}
