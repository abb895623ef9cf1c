package e2etest

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
)

// A Caller is an MCP client over streamable HTTP that shows what came from where.
// It is for one goroutine.
type Caller struct {
	Token   string
	Host    string         // that requests are for; "" is that of the address
	Session string         // of the older era; "" is the newer one
	Servers map[string]int // answers by the server behind a proxy that they came from
	ID      int            // of the last request

	t   *testing.T
	url string
}

// NewCaller returns a caller of the server at a URL without a path.
func NewCaller(t *testing.T, url, token string) *Caller {
	return &Caller{t: t, url: url, Token: token, Servers: map[string]int{}}
}

// An Exchange is an answer that may still be arriving.
type Exchange struct {
	*http.Response
	Server string // behind a proxy
	events *bufio.Scanner
	HangUp context.CancelFunc // ends it as a client does that goes away
}

// A Message is one of the server's.
type Message struct {
	ID     json.RawMessage
	Method string
	Params struct {
		ProgressToken any
		Progress      float64
		Message       string
	}
	Result *struct {
		IsError      bool
		Content      []Block
		Instructions string // of initialize
		Tools        []struct {
			Name, Description string
			InputSchema       json.RawMessage
		} // of tools/list
	}
	Error *struct{ Message string }
}

// Text returns the text blocks of a tool's result.
func (m Message) Text() string {
	if m.Result == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range m.Result.Content {
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

// Send sends a request, with headers beside those that all have.
func (c *Caller) Send(method, path, body string, header map[string]string) *Exchange {
	c.t.Helper()
	ctx, hangUp := context.WithCancel(c.t.Context())
	q, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.Host != "" {
		q.Host = c.Host
	}
	q.Header.Set("Authorization", "Bearer "+c.Token)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json, text/event-stream")
	if c.Session != "" {
		q.Header.Set("Mcp-Session-Id", c.Session)
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
	e := &Exchange{Response: a, Server: a.Header.Get("X-Upstream"), events: bufio.NewScanner(a.Body), HangUp: hangUp}
	e.events.Buffer(nil, 1<<20)
	c.Servers[e.Server]++
	return e
}

// Next returns the next message, and false at the end of the answer.
func (e *Exchange) Next() (m Message, ok bool) {
	for e.events.Scan() {
		line := strings.TrimPrefix(e.events.Text(), "data: ")
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &m) == nil {
			return m, true
		}
	}
	return m, false
}

// Last reads the answer to its end and returns its last message.
func (e *Exchange) Last() (last Message) {
	defer e.HangUp()
	defer e.Body.Close()
	for {
		m, ok := e.Next()
		if !ok {
			return last
		}
		last = m
	}
}

// Text reads the answer to its end and returns its last message as it is.
func (e *Exchange) Text() (last string) {
	defer e.HangUp()
	defer e.Body.Close()
	for e.events.Scan() {
		if line := strings.TrimPrefix(e.events.Text(), "data: "); strings.HasPrefix(line, "{") {
			last = line
		}
	}
	return last
}

// End reads the answer to its end and returns the status.
func (e *Exchange) End() int {
	defer e.HangUp()
	defer e.Body.Close()
	_, _ = io.Copy(io.Discard, e.Body)
	return e.StatusCode
}

// Begin begins a session.
func (c *Caller) Begin() {
	c.t.Helper()
	e := c.Send("POST", "/mcp", Initialize, nil)
	id := e.Header.Get("Mcp-Session-Id")
	if status := e.End(); status != 200 || id == "" {
		c.t.Fatalf("initialize: %d", status)
	}
	c.Session = id
}

// Call begins a tool's call. It reports progress.
func (c *Caller) Call(name string, arguments map[string]any) *Exchange {
	c.t.Helper()
	c.ID++
	meta := map[string]any{"progressToken": c.ID}
	header := map[string]string{}
	if c.Session == "" {
		const prefix, version = "io.modelcontextprotocol/", "2026-07-28"
		meta[prefix+"protocolVersion"] = version
		meta[prefix+"clientInfo"] = map[string]string{"name": "test", "version": "1"}
		meta[prefix+"clientCapabilities"] = map[string]string{}
		header = map[string]string{"Mcp-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": name}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.ID, "method": "tools/call",
		"params": map[string]any{"name": name, "arguments": arguments, "_meta": meta}})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.Send("POST", "/mcp", string(body), header)
}

// Run runs code and returns what the model reads.
func (c *Caller) Run(code, handle string) string {
	c.t.Helper()
	arguments := map[string]any{"code": code}
	if handle != "" {
		arguments["session_id"] = handle
	}
	e := c.Call("run_python", arguments)
	m := e.Last()
	if m.Result == nil {
		c.t.Fatalf("%s: %d %+v", code, e.StatusCode, m.Error)
	}
	return m.Text()
}

// NotifyCancelled cancels a call, and returns the status of the answer.
func (c *Caller) NotifyCancelled(id int) int {
	c.t.Helper()
	return c.Send("POST", "/mcp", fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id), nil).End()
}

var handleInText = regexp.MustCompile(`session_id: (\S+)`)

// Handle returns what the model is told to pass on.
func (c *Caller) Handle(text string) string {
	c.t.Helper()
	found := handleInText.FindStringSubmatch(text)
	if found == nil {
		c.t.Fatalf("no handle in %s", text)
	}
	return found[1]
}

// UnderWay waits until a call reports progress, which shows that it streams.
func (e *Exchange) UnderWay(t *testing.T) {
	t.Helper()
	m, ok := e.Next()
	if !ok || m.Method != "notifications/progress" {
		t.Fatalf("the first message of a call that runs is %+v", m)
	}
}
