package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/web"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// Tokens of two users.
const ada, bob = "token-of-ada-123456", "token-of-bob-123456"

// webServer is MCP over HTTP over a pool in memory.
type webServer struct {
	t        *testing.T
	url      string
	registry *conversation.Registry
	pool     *variablePool
	mcp      *server.MCPServer
	web      *web.Handler
}

// variablePool is a pool whose interpreters know one variable: "set 5" and "get".
// "wait" runs until it is interrupted or released.
type variablePool struct {
	sessionstest.Fake
	mu      sync.Mutex
	values  map[sessions.ID]string
	stopped map[sessions.ID]bool
	running chan context.Context
	release chan struct{}
}

func newVariablePool() *variablePool {
	n := &variablePool{values: map[sessions.ID]string{}, stopped: map[sessions.ID]bool{}, running: make(chan context.Context, 100), release: make(chan struct{})}
	n.Script = n.execute
	return n
}

func (n *variablePool) Prepare(context.Context) error { return nil }

func (n *variablePool) Stop(ctx context.Context, id sessions.ID) error {
	n.mu.Lock()
	n.stopped[id] = true
	n.mu.Unlock()
	return n.Fake.Stop(ctx, id)
}

func (n *variablePool) count() (used, stopped int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.values), len(n.stopped)
}

func (n *variablePool) execute(ctx context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
	if r.Code == "wait" {
		n.running <- ctx
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-n.release:
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if value, ok := strings.CutPrefix(r.Code, "set "); ok {
		n.values[id] = value
	}
	return &sessions.Execution{Status: sessions.Succeeded, Text: "<" + n.values[id] + ">", Stdout: ""}, nil
}

func serveWebOf(t *testing.T, opts conversation.Options, args ...string) *webServer {
	t.Helper()
	pool := newVariablePool()
	s := serveWebOn(t, pool, opts, args...)
	s.pool = pool
	return s
}

// serveWebOn serves MCP over HTTP over any pool.
func serveWebOn(t *testing.T, pool backend.Pool, opts conversation.Options, args ...string) *webServer {
	t.Helper()
	opts.Pool = pool
	registry := conversation.New(opts)
	p := newProgram(t, pool, Streams{}, append([]string{"--transport=http"}, args...)...)
	s, err := p.newService(pool, registry, newTasks(t), linksTo(t, pool), nil, guard.NewTokens(ada, bob))
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(s.handler)
	t.Cleanup(func() {
		s.web.Drain()
		s.web.Interrupt()
		listening.CloseClientConnections()
		listening.Close()
		registry.Close()
	})
	return &webServer{t: t, url: listening.URL, registry: registry, mcp: s.mcp, web: s.web}
}

// A request to the server, with what most of them have.
type request struct {
	method, path, token, session, body string
	header                             map[string]string
}

type reply struct {
	status  int
	header  http.Header
	text    string
	message answerMessage
}

type answerMessage struct {
	ID     json.RawMessage
	Result struct {
		IsError bool
		Content []struct{ Text string }
		Tools   []struct {
			Name, Description string
			InputSchema       struct{ Properties map[string]any }
		}
	}
	Error *struct {
		Code    int
		Message string
	}
}

func (m answerMessage) text() string {
	var b strings.Builder
	for _, c := range m.Result.Content {
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

func (s *webServer) do(r request) reply {
	s.t.Helper()
	response := s.open(s.t.Context(), r)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	for line := range strings.Lines(out.text) {
		line = strings.TrimPrefix(line, "data: ")
		_ = json.Unmarshal([]byte(line), &out.message)
	}
	return out
}

func (s *webServer) open(ctx context.Context, r request) *http.Response {
	s.t.Helper()
	if r.method == "" {
		r.method = "POST"
	}
	if r.path == "" {
		r.path = "/mcp"
	}
	if r.token == "" {
		r.token = ada
	}
	q, err := http.NewRequestWithContext(ctx, r.method, s.url+r.path, strings.NewReader(r.body))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+r.token)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json, text/event-stream")
	if r.session != "" {
		q.Header.Set("Mcp-Session-Id", r.session)
	}
	for name, value := range r.header {
		if name == "Host" {
			q.Host = value
		} else if value == "" {
			q.Header.Del(name)
		} else {
			q.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	return response
}

const initializeBody = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// begin makes a session of the older era.
func (s *webServer) begin(token string) string {
	s.t.Helper()
	a := s.do(request{token: token, body: initializeBody})
	id := a.header.Get("Mcp-Session-Id")
	if a.status != 200 || id == "" {
		s.t.Fatalf("initialize: %d %s", a.status, a.text)
	}
	return id
}

func runCall(id any, code string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"method":"tools/call","params":{"name":"run_python","arguments":{"code":%q}}}`, id, code)
}

const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

// modern is a request of the modern era.
func modern(method, name, params string) request {
	if params != "" {
		params += ","
	}
	r := request{
		body:   fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s%s}}`, method, params, modernMeta),
		header: map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": name},
	}
	return r
}

func modernRun(code, handle string) request {
	if handle != "" {
		handle = fmt.Sprintf(`,"session_id":%q`, handle)
	}
	return modern("tools/call", "run_python", fmt.Sprintf(`"name":"run_python","arguments":{"code":%q%s}`, code, handle))
}

var handleText = regexp.MustCompile(`session_id: (\S+)`)
