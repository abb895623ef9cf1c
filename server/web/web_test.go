package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// site is a handler that is served, with tools that the test controls.
type site struct {
	t       *testing.T
	h       *Handler
	url     string
	started chan string
	release chan struct{}
	causes  chan error
}

func serve(t *testing.T, heartbeat time.Duration) *site {
	t.Helper()
	s := &site{t: t, started: make(chan string, 100), release: make(chan struct{}), causes: make(chan error, 100)}
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithRecovery())
	m.AddTool(mcp.NewTool("report"), func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for range 20 {
			_ = server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": r.Params.Meta.ProgressToken})
		}
		return mcp.NewToolResultText("reported"), nil
	})
	m.AddTool(mcp.NewTool("wait"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		s.started <- "wait"
		select {
		case <-s.release:
		case <-ctx.Done():
			s.causes <- context.Cause(ctx)
		}
		return mcp.NewToolResultText("waited"), nil
	})
	m.AddTool(mcp.NewTool("big"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(strings.Repeat("x", 1<<20)), nil
	})
	m.AddTool(mcp.NewTool("panic"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic("oh") })
	registry := conversation.New(conversation.Options{Pool: &sessionstest.Fake{}})
	s.h = New(Options{Server: m, Conversations: registry, heartbeat: heartbeat})
	web := httptest.NewServer(s.h)
	s.url = web.URL
	t.Cleanup(func() {
		s.h.Drain()
		s.h.Interrupt()
		web.CloseClientConnections()
		web.Close()
		registry.Close()
	})
	return s
}

func (s *site) post(path, session, body string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	s.t.Cleanup(func() { response.Body.Close() })
	return response
}

func (s *site) begin() string {
	s.t.Helper()
	return s.post("/mcp", "", `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`).Header.Get("Mcp-Session-Id")
}

func toolCall(id int, tool string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"_meta":{"progressToken":"of-%d"}}}`, id, tool, id)
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

func TestProgressStaysInItsStream(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	session := s.begin()
	var calls sync.WaitGroup
	for id := range 20 {
		calls.Go(func() {
			got := text(s.t, s.post("/mcp", session, toolCall(id, "report")))
			if own, all := strings.Count(got, fmt.Sprintf(`"of-%d"`, id)), strings.Count(got, "progressToken"); own != 20 || all != 20 ||
				!strings.HasSuffix(strings.TrimSpace(got), `"text":"reported"}]}}`) {
				t.Errorf("call %d got %d of its own and %d in all: %s", id, own, all, got)
			}
		})
	}
	calls.Wait()
	if r := s.post("/mcp", session, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`); r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("afterwards answers come as %s", r.Header.Get("Content-Type"))
	}
}

func TestLongCallsAreKeptAlive(t *testing.T) {
	t.Parallel()
	s := serve(t, 5*time.Millisecond)
	r := s.post("/mcp", s.begin(), toolCall(1, "wait"))
	in := bufio.NewReader(r.Body)
	for range 3 {
		if line, err := in.ReadString('\n'); err != nil || strings.Trim(line, ": \n") != "" {
			t.Errorf("%q, %v", line, err)
		}
	}
	close(s.release)
	rest, err := io.ReadAll(in)
	if err != nil || !strings.Contains(string(rest), "waited") {
		t.Errorf("%s, %v", rest, err)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	session := s.begin()
	if got := text(t, s.post("/mcp", session, toolCall(1, "panic"))); !strings.Contains(got, `"id":1`) {
		t.Errorf("got %s", got)
	}
	if got := text(t, s.post("/mcp", session, toolCall(2, "big"))); len(got) < 1<<20 {
		t.Errorf("then %d bytes", len(got))
	}
}

// open opens a stream of the SSE transport and returns where messages go.
func (s *site) open(ctx context.Context) (*bufio.Reader, string) {
	s.t.Helper()
	r, _ := http.NewRequestWithContext(ctx, "GET", s.url+"/sse", nil)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { response.Body.Close() })
	in := bufio.NewReader(response.Body)
	in.ReadString('\n')
	line, err := in.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return in, strings.TrimSpace(strings.TrimPrefix(line, "data: "))
}

func TestSlowReaderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	_, slow := s.open(ctx)
	refused := 0
	for id := range 150 { // 150 MB that nobody reads
		if r := s.post(slow, "", toolCall(id, "big")); r.StatusCode == 429 {
			refused++
		}
	}
	if refused == 0 {
		t.Error("a client that reads nothing may send without end")
	}
	session := s.begin()
	if got := text(t, s.post("/mcp", session, toolCall(1, "report"))); !strings.Contains(got, "reported") {
		t.Errorf("another client got %s", got)
	}
	cancel()
	for s.h.opts.Conversations.Open()[conversation.Stream] > 0 { // its end takes a moment to be seen
		s.post("/mcp", session, toolCall(1, "report")).Body.Close()
	}
}

func TestDrainAnswersWhatRuns(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	in, address := s.open(t.Context())
	s.post(address, "", toolCall(1, "wait"))
	<-s.started
	s.h.Drain()
	close(s.release)
	rest, err := io.ReadAll(in)
	if err != nil || !strings.Contains(string(rest), "waited") {
		t.Errorf("the stream ended with %q, %v", rest, err)
	}
	if r := s.post(address, "", toolCall(2, "wait")); r.StatusCode != 404 {
		t.Errorf("afterwards: %d", r.StatusCode)
	}
}

func TestInterruptEndsWhatRuns(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	session := s.begin()
	var calls sync.WaitGroup
	calls.Go(func() { text(t, s.post("/mcp", session, toolCall(1, "wait"))) })
	_, address := s.open(t.Context())
	s.post(address, "", toolCall(1, "wait"))
	<-s.started
	<-s.started
	s.h.Drain()
	s.h.Interrupt()
	for range 2 {
		if err := <-s.causes; !errors.Is(err, sessions.ErrClosed) {
			t.Errorf("a call was cancelled because of %v", err)
		}
	}
	calls.Wait()
}

func TestDeleteEndsWhatRuns(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	session := s.begin()
	var calls sync.WaitGroup
	calls.Go(func() { text(t, s.post("/mcp", session, toolCall(1, "wait"))) })
	<-s.started
	r, _ := http.NewRequestWithContext(t.Context(), "DELETE", s.url+"/mcp", nil)
	r.Header.Set("Mcp-Session-Id", session)
	response, err := http.DefaultClient.Do(r)
	if err != nil || response.StatusCode != 204 {
		t.Fatalf("%v, %v", response, err)
	}
	response.Body.Close()
	if err := <-s.causes; !errors.Is(err, conversation.ErrEnded) {
		t.Errorf("the call was cancelled because of %v", err)
	}
	calls.Wait()
}
