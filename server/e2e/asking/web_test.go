package asking

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A caller speaks streamable HTTP.
type caller struct {
	t       *testing.T
	server  *e2etest.Web
	session string // of the era with sessions
	era     string
	id      int
	answer  string // the result of each question
	asked   []string
}

// post sends a message. end must be called when the answer was read.
func (c *caller) post(body, tool string) (answer *http.Response, end func()) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	q, err := http.NewRequestWithContext(ctx, "POST", c.server.URL+"/mcp", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	header := map[string]string{"Authorization": "Bearer " + c.server.Token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
	if c.session != "" {
		header["Mcp-Session-Id"] = c.session
	}
	if c.era != "" {
		header["Mcp-Protocol-Version"], header["Mcp-Method"], header["Mcp-Name"] = c.era, "tools/call", tool
	}
	for name, value := range header {
		q.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	return a, func() { a.Body.Close(); cancel() }
}

func (c *caller) begin(can string) {
	c.t.Helper()
	a, end := c.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"test","version":"1"}}}`, can), "")
	defer end()
	if c.session = a.Header.Get("Mcp-Session-Id"); c.session == "" {
		c.t.Fatalf("initialize: %s", a.Status)
	}
}

// call calls a tool, answers questions on the way, and returns the answer.
func (c *caller) call(tool string, arguments, more map[string]any) message {
	c.t.Helper()
	c.id++
	a, end := c.post(request(c.id, c.era, forms, tool, arguments, more), tool)
	defer end()
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), "data: ")
		if !strings.HasPrefix(line, "{") {
			continue
		}
		switch m := read(c.t, line); {
		case m.Method == "elicitation/create":
			c.asked = append(c.asked, m.Params.Message)
			_, end := c.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, c.answer), "")
			end()
		case m.Method == "":
			return m
		}
	}
	c.t.Fatalf("%s has no answer", a.Status)
	return message{}
}

func (c *caller) fetch(host string, more map[string]any) message {
	c.t.Helper()
	return c.call("run_python", map[string]any{"code": fetching(host)}, more)
}

// TestOverHTTP asks the users of conversations over HTTP, in both eras: what one allows is
// closed to the other.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	server := e2etest.StartWeb(t, e2etest.Program(t), "--egress=ask", "--warm=0")
	old := &caller{t: t, server: server, answer: allow}
	old.begin(forms)
	if text := old.fetch("yes.example", nil).text(); !strings.Contains(text, "502 yes.example cannot be reached") || len(old.asked) != 1 {
		t.Errorf("with sessions: %s, asked %q", text, old.asked)
	}
	other := &caller{t: t, server: server, answer: `{"action":"decline"}`}
	other.begin(forms)
	if text := other.fetch("yes.example", nil).text(); !strings.Contains(text, "403 the user was asked, and does not allow") || len(other.asked) != 1 {
		t.Errorf("another conversation: %s, asked %q", text, other.asked)
	}

	stateless := &caller{t: t, server: server, era: modern}
	first := stateless.fetch("yes.example", nil)
	if first.Result.Type != "input_required" || len(first.Result.Requests) != 1 {
		t.Fatalf("without sessions: %+v", first.Result)
	}
	again := map[string]any{"requestState": first.Result.State, "inputResponses": first.answers(allow)}
	stranger := map[string]any{"code": fetching("yes.example"), "session_id": strings.Repeat("x", 43)}
	if m := stateless.call("run_python", stranger, again); !m.Result.IsError || !strings.Contains(m.text(), "belongs to another session") {
		t.Errorf("the state of another session: %s", m.text())
	}
	if m := old.fetch("yes.example", again); !m.Result.IsError || !strings.Contains(m.text(), "belongs to another session") {
		t.Errorf("the state in a conversation with sessions: %s", m.text())
	}
	second := stateless.fetch("yes.example", again).text()
	if !strings.Contains(second, "502 yes.example cannot be reached") || !strings.Contains(second, "session_id: ") {
		t.Fatalf("with the answer: %s", second)
	}
	_, handle, _ := strings.Cut(second, "session_id: ")
	handle, _, _ = strings.Cut(handle, "\n")
	arguments := map[string]any{"code": fetching("no.example"), "session_id": handle}
	first = stateless.call("run_python", arguments, nil)
	m := stateless.call("run_python", arguments, map[string]any{"requestState": first.Result.State, "inputResponses": first.answers(`{"action":"cancel"}`)})
	if !strings.Contains(m.text(), "403 the user was asked, and does not allow") || strings.Contains(m.text(), "session_id: ") {
		t.Errorf("with the handle, cancelled: %s", m.text())
	}
}

// TestOverHTTPNotAsked: over HTTP a list alone lets no user open hosts.
func TestOverHTTPNotAsked(t *testing.T) {
	t.Parallel()
	server := e2etest.StartWeb(t, e2etest.Program(t), "--egress=listed.example", "--warm=0")
	c := &caller{t: t, server: server, answer: allow}
	c.begin(forms)
	if text := c.fetch("yes.example", nil).text(); !strings.Contains(text, "403 yes.example is not open to this session") || len(c.asked) != 0 {
		t.Errorf("%s, asked %q", text, c.asked)
	}
}
