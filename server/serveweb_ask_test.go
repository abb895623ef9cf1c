package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

const askableBody = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{},"sampling":{},"roots":{}},"clientInfo":{"name":"test","version":"1"}}}`

// serveAsking serves tools that ask their client, and returns what became of
// their questions.
func serveAsking(t *testing.T) (*webServer, <-chan error) {
	t.Helper()
	s := serveWebOf(t, conversation.Options{})
	outcomes := make(chan error, 100)
	add := func(name string, ask func(context.Context, *server.MCPServer) (any, error)) {
		s.mcp.AddTool(mcp.NewTool(name), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			result, err := ask(ctx, s.mcp)
			outcomes <- err
			if err != nil {
				return mcp.NewToolResultError(err.Error()), nil
			}
			return mcp.NewToolResultText(fmt.Sprintf("%+v", result)), nil
		})
	}
	add("ask_user", func(ctx context.Context, m *server.MCPServer) (any, error) {
		_ = m.SendNotificationToClient(ctx, "notifications/message", map[string]any{"data": "before"})
		r, err := m.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{
			Message: "Who?", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}}}})
		if err != nil {
			return nil, err
		}
		return fmt.Sprint(r.Action, " ", r.Content), nil
	})
	add("ask_model", func(ctx context.Context, _ *server.MCPServer) (any, error) {
		session, _ := server.ClientSessionFromContext(ctx).(server.SessionWithSampling)
		r, err := session.RequestSampling(ctx, mcp.CreateMessageRequest{CreateMessageParams: mcp.CreateMessageParams{MaxTokens: 5}})
		if err != nil {
			return nil, err
		}
		return mcp.GetTextFromContent(r.Content), nil
	})
	add("ask_roots", func(ctx context.Context, m *server.MCPServer) (any, error) {
		r, err := m.RequestRoots(ctx, mcp.ListRootsRequest{})
		if err != nil {
			return nil, err
		}
		return r.Roots[0].URI, nil
	})
	return s, outcomes
}

// event is what a client is sent.
type event struct {
	answerMessage
	Method string
	Params map[string]any
}

// dialog is a client that can be asked, of one transport.
type dialog struct {
	s       *webServer
	session string // of streamable HTTP
	last    int    // the ID of its last call
	stream  *sseClient
}

func (s *webServer) dialogs() map[string]*dialog {
	stream := s.sse(ada)
	s.do(request{path: stream.endpoint, body: askableBody})
	stream.next()
	return map[string]*dialog{"sse": {s: s, stream: stream}, "http": s.dialog(ada)}
}

func (s *webServer) dialog(token string) *dialog {
	return &dialog{s: s, session: s.do(request{token: token, body: askableBody}).header.Get("Mcp-Session-Id")}
}

// post sends a message.
func (d *dialog) post(token, body string) reply {
	if d.session != "" {
		return d.s.do(request{token: token, session: d.session, body: body})
	}
	return d.s.do(request{token: token, path: d.stream.endpoint, body: body})
}

// call calls a tool, and returns a function that waits for the next event and
// one that disconnects.
func (d *dialog) call(tool string) (next func() event, leave func()) {
	d.s.t.Helper()
	d.last++
	events := d.events(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q}}`, d.last, tool))
	return events.event, events.close
}

// events sends a message that is answered with events.
func (d *dialog) events(body string) *sseClient {
	t := d.s.t
	t.Helper()
	if d.session == "" {
		d.post(ada, body)
		return d.stream
	}
	ctx, cancel := context.WithCancel(t.Context())
	response := d.s.open(ctx, request{session: d.session, body: body})
	t.Cleanup(func() { cancel(); response.Body.Close() })
	return &sseClient{s: d.s, events: bufio.NewReader(response.Body), close: cancel}
}

func (c *sseClient) event() (e event) {
	c.s.t.Helper()
	if err := json.Unmarshal([]byte(c.next()), &e); err != nil {
		c.s.t.Fatal(err)
	}
	return e
}

// asked is the question that comes next, behind notifications.
func asked(next func() event) event {
	for {
		if e := next(); e.ID != nil {
			return e
		}
	}
}

func answerTo(e event, outcome string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, e.ID, outcome)
}

func TestAskReachesTheClient(t *testing.T) {
	t.Parallel()
	s, outcomes := serveAsking(t)
	for transport, d := range s.dialogs() {
		for _, tt := range []struct{ tool, method, outcome, want string }{
			{"ask_user", "elicitation/create", `"result":{"action":"accept","content":{"name":"Ada"}}`, "accept map[name:Ada]"},
			{"ask_user", "elicitation/create", `"result":{"action":"decline"}`, "decline <nil>"},
			{"ask_user", "elicitation/create", `"error":{"code":-32603,"message":"no screen"}`, "error -32603"},
			{"ask_user", "elicitation/create", `"result":null`, "neither an object nor an error"},
			{"ask_user", "elicitation/create", `"result":{"action":5}`, "cannot be read"},
			{"ask_model", "sampling/createMessage", `"result":{"role":"assistant","model":"m","content":{"type":"text","text":"Paris"}}`, "Paris"},
			{"ask_model", "sampling/createMessage", `"result":{"role":"assistant","model":"m","content":{"type":"song"}}`, "cannot be read"},
			{"ask_roots", "roots/list", `"result":{"roots":[{"uri":"file:///home"}]}`, "file:///home"},
		} {
			next, _ := d.call(tt.tool)
			q := asked(next)
			if q.Method != tt.method || tt.tool == "ask_user" && q.Params["message"] != "Who?" {
				t.Fatalf("%s %s asked %+v", transport, tt.tool, q)
			}
			if a := d.post(ada, answerTo(q, tt.outcome)); a.status != 202 || a.text != "" {
				t.Errorf("%s: the answer was answered with %d %s", transport, a.status, a.text)
			}
			if got := next(); !strings.Contains(got.text(), tt.want) || string(got.ID) != fmt.Sprint(d.last) {
				t.Errorf("%s %s with %s: got %+v", transport, tt.tool, tt.outcome, got)
			}
			<-outcomes
		}
	}
}

func TestAskIsAnsweredByItsClientAlone(t *testing.T) {
	t.Parallel()
	s, _ := serveAsking(t)
	for transport, d := range s.dialogs() {
		next, _ := d.call("ask_user")
		q := asked(next)
		forged := answerTo(q, `"result":{"action":"accept","content":"forged"}`)
		for name, a := range map[string]struct {
			got    reply
			status int
		}{
			"another's, to this conversation": {d.post(bob, forged), 404},
			"another's, to his own":           {s.dialog(bob).post(bob, forged), 202},
			"from another conversation":       {s.dialog(ada).post(ada, forged), 202},
			"with another id":                 {d.post(ada, `{"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":"forged"}}`), 202},
			"without an id":                   {d.post(ada, `{"jsonrpc":"2.0","result":{"action":"accept","content":"forged"}}`), 202},
			"of the modern era": {s.do(request{session: d.session, body: forged, header: map[string]string{
				"Mcp-Protocol-Version": "2026-07-28"}}), 400},
		} {
			if a.got.status != a.status {
				t.Errorf("%s, %s: %d %s", transport, name, a.got.status, a.got.text)
			}
		}
		mine := answerTo(q, `"result":{"action":"accept","content":"mine"}`)
		d.post(ada, mine)
		if got := next(); !strings.Contains(got.text(), "accept mine") {
			t.Errorf("%s: got %+v", transport, got)
		}
		if a := d.post(ada, mine); a.status != 202 {
			t.Errorf("%s: answering twice: %d %s", transport, a.status, a.text)
		}
	}
}

func TestAskEndsWithTheCall(t *testing.T) {
	t.Parallel()
	s, outcomes := serveAsking(t)
	for transport, d := range s.dialogs() {
		next, _ := d.call("ask_user")
		q := asked(next)
		d.post(ada, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, d.last))
		if err := <-outcomes; !errors.Is(err, jsonrpc.ErrCancelled) {
			t.Errorf("%s, cancelled: %v", transport, err)
		}
		if e := next(); e.Method != "notifications/cancelled" || fmt.Sprintf("%q", e.Params["requestId"]) != string(q.ID) {
			t.Errorf("%s: the question was not withdrawn: %+v", transport, e)
		}
		if a := d.post(ada, answerTo(q, `"result":{"action":"accept"}`)); a.status != 202 {
			t.Errorf("%s, a late answer: %d %s", transport, a.status, a.text)
		}
		next, leave := d.call("ask_user")
		asked(next)
		leave()
		if err := <-outcomes; !errors.Is(err, jsonrpc.ErrGone) && (transport != "sse" || !errors.Is(err, conversation.ErrEnded)) {
			t.Errorf("%s, disconnected: %v", transport, err)
		}
	}
	deleted := s.dialog(ada)
	next, _ := deleted.call("ask_user")
	asked(next)
	s.do(request{method: http.MethodDelete, session: deleted.session})
	if err := <-outcomes; !errors.Is(err, conversation.ErrEnded) {
		t.Errorf("deleted: %v", err)
	}
}

func TestAskEndsWithTheServer(t *testing.T) {
	t.Parallel()
	s, outcomes := serveAsking(t)
	for _, d := range s.dialogs() { // neither ever answers
		next, _ := d.call("ask_user")
		asked(next)
	}
	s.web.Drain()
	s.web.Interrupt()
	for range 2 {
		if err := <-outcomes; err == nil || errors.Is(err, jsonrpc.ErrGone) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAskOnlyClientsThatCanBe(t *testing.T) {
	t.Parallel()
	s, outcomes := serveAsking(t)
	call := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ask_user"}}`
	modernCall := modern("tools/call", "ask_user", `"name":"ask_user"`)
	for name, tt := range map[string]struct {
		r    request
		want error
	}{
		"takes no stream":  {request{session: s.dialog(ada).session, body: call, header: map[string]string{"Accept": "application/json"}}, server.ErrElicitationNotSupported},
		"declared nothing": {request{session: s.begin(ada), body: call}, server.ErrElicitationNotSupported},
		"modern":           {modernCall, server.ErrServerInitiatedRequestUnsupported},
	} {
		a := s.do(tt.r)
		if err := <-outcomes; !errors.Is(err, tt.want) || !a.message.Result.IsError {
			t.Errorf("%s: %v, %s", name, err, a.text)
		}
	}
}
