//go:build nginx

package nginx

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A caller is an MCP client over streamable HTTP that shows what came from where.
type caller struct {
	t       *testing.T
	url     string
	token   string
	session string // of the older era; "" is the newer one
	id      int
	servers map[string]int // answers by the server that they came from
}

func newCaller(t *testing.T, r *replicas) *caller {
	return &caller{t: t, url: r.url, token: r.token, servers: map[string]int{}}
}

// An exchange is an answer that may still be arriving.
type exchange struct {
	*http.Response
	server string
	events *bufio.Scanner
	hangUp context.CancelFunc
}

// A message is one of the server's.
type message struct {
	ID     json.RawMessage
	Method string
	Params struct {
		ProgressToken any
		Progress      float64
		Message       string
	}
	Result *struct {
		IsError bool
		Content []struct{ Text string }
	}
	Error *struct{ Message string }
}

func (m message) text() string {
	if m.Result == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range m.Result.Content {
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

func (c *caller) send(method, path, body string, header map[string]string) *exchange {
	c.t.Helper()
	ctx, hangUp := context.WithCancel(c.t.Context())
	q, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	q.Host = publicName
	q.Header.Set("Authorization", "Bearer "+c.token)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json, text/event-stream")
	if c.session != "" {
		q.Header.Set("Mcp-Session-Id", c.session)
	}
	for name, value := range header {
		if name == "Host" {
			q.Host = value
		} else {
			q.Header.Set(name, value)
		}
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	e := &exchange{Response: a, server: a.Header.Get("X-Upstream"), events: bufio.NewScanner(a.Body), hangUp: hangUp}
	e.events.Buffer(nil, 1<<20)
	c.servers[e.server]++
	return e
}

// next returns the next message, and false at the end of the answer.
func (e *exchange) next() (m message, ok bool) {
	for e.events.Scan() {
		line := strings.TrimPrefix(e.events.Text(), "data: ")
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &m) == nil {
			return m, true
		}
	}
	return m, false
}

// last reads the answer to its end and returns its last message.
func (e *exchange) last() (last message) {
	defer e.hangUp()
	defer e.Body.Close()
	for {
		m, ok := e.next()
		if !ok {
			return last
		}
		last = m
	}
}

// status reads the answer to its end.
func (e *exchange) status() int {
	defer e.hangUp()
	defer e.Body.Close()
	_, _ = io.Copy(io.Discard, e.Body)
	return e.StatusCode
}

// initialize begins a session.
func (c *caller) initialize() {
	c.t.Helper()
	e := c.send("POST", "/mcp", e2etest.Initialize, nil)
	id := e.Header.Get("Mcp-Session-Id")
	if status := e.status(); status != 200 || id == "" {
		c.t.Fatalf("initialize: %d", status)
	}
	c.session = id
}

// callTool begins a tool's call. It reports progress.
func (c *caller) callTool(name string, arguments map[string]any) *exchange {
	c.t.Helper()
	c.id++
	meta := map[string]any{"progressToken": c.id}
	header := map[string]string{}
	if c.session == "" {
		const prefix, version = "io.modelcontextprotocol/", "2026-07-28"
		meta[prefix+"protocolVersion"] = version
		meta[prefix+"clientInfo"] = map[string]string{"name": "test", "version": "1"}
		meta[prefix+"clientCapabilities"] = map[string]string{}
		header = map[string]string{"Mcp-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": name}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.id, "method": "tools/call",
		"params": map[string]any{"name": name, "arguments": arguments, "_meta": meta}})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send("POST", "/mcp", string(body), header)
}

// run runs code and returns what the model reads.
func (c *caller) run(code, handle string) string {
	c.t.Helper()
	arguments := map[string]any{"code": code}
	if handle != "" {
		arguments["session_id"] = handle
	}
	e := c.callTool("run_python", arguments)
	m := e.last()
	if m.Result == nil {
		c.t.Fatalf("%s: %d %+v", code, e.StatusCode, m.Error)
	}
	return m.text()
}

func (c *caller) notifyCancelled(id int) int {
	c.t.Helper()
	return c.send("POST", "/mcp", fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id), nil).status()
}

var handleInText = regexp.MustCompile(`session_id: (\S+)`)

// handle is what the model is told to pass on.
func (c *caller) handle(text string) string {
	c.t.Helper()
	found := handleInText.FindStringSubmatch(text)
	if found == nil {
		c.t.Fatalf("no handle in %s", text)
	}
	return found[1]
}

// underWay waits until a call reports progress, which shows that it streams.
func (e *exchange) underWay(t *testing.T) {
	t.Helper()
	m, ok := e.next()
	if !ok || m.Method != "notifications/progress" {
		t.Fatalf("the first message of a call that runs is %+v", m)
	}
}
