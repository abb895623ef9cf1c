package asking

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A client speaks over standard streams, and answers what it is asked.
type client struct {
	*e2etest.Stdio
	t      *testing.T
	id     int
	era    string                 // "" for 2025-11-25
	can    string                 // capabilities
	answer func(q message) string // the result of a question, "" for no answer
	asked  []string               // what the user was asked
}

// start begins a conversation with a server that has flags. can are the capabilities of the
// client.
func start(t *testing.T, era, can string, flags ...string) *client {
	t.Helper()
	c := &client{Stdio: e2etest.StartStdio(t, e2etest.Program(t), append([]string{"--warm=0"}, flags...)...), t: t, era: era, can: can}
	if era == "" {
		c.Send(fmt.Sprintf(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"test","version":"1"}}}`, can))
		c.Next()
		c.Send(e2etest.Initialized)
	}
	return c
}

// call calls a tool and returns the answer.
func (c *client) call(tool string, arguments map[string]any, more map[string]any) message {
	c.t.Helper()
	c.id++
	c.Send(request(c.id, c.era, c.can, tool, arguments, more))
	for {
		m := read(c.t, c.Next())
		switch {
		case m.Method == "elicitation/create":
			c.asked = append(c.asked, m.Params.Message)
			if result := c.answer(m); result != "" {
				c.Send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result))
			}
		case m.Method == "":
			return m
		}
	}
}

// fetch runs code that connects to a host, to the end of the run.
func (c *client) fetch(host string) string {
	c.t.Helper()
	m := c.call("run_python", map[string]any{"code": fetching(host)}, nil)
	text := m.text()
	for strings.Contains(m.text(), "Call wait_for_run to wait for") {
		m = c.call("wait_for_run", map[string]any{}, nil)
		text += m.text()
	}
	return text
}

const forms = `{"elicitation":{}}`

// TestAnswersOverStdio has the user of a client answer in every way. What was decided is
// not asked again.
func TestAnswersOverStdio(t *testing.T) {
	t.Parallel()
	c := start(t, "", `{"elicitation":{"form":{}}}`, "--egress=ask", "--answer-within=25s")
	c.fetch("127.0.0.1") // the session has begun
	for _, tt := range []struct {
		host, answer string
		asked        int
		want         []string
	}{
		{"yes.example", allow, 1, []string{"The user allowed this conversation to connect to yes.example:443.", "502 yes.example cannot be reached"}},
		{"yes.example", "", 1, []string{"502 yes.example cannot be reached"}},
		{"no.example", `{"action":"accept","content":{"answer":"no"}}`, 2, []string{"The user does not allow this conversation to connect to no.example:443", "403 the user was asked, and does not allow", "--egress no.example"}},
		{"no.example", allow, 2, []string{"403 the user was asked, and does not allow"}},
		{"declined.example", `{"action":"decline"}`, 3, []string{"403 the user was asked, and does not allow"}},
		{"cancelled.example", `{"action":"cancel"}`, 4, []string{"403 the user was asked, and does not allow"}},
		{"odd.example", `{"action":"accept","content":{"answer":true}}`, 5, []string{"403 the user was asked, and does not allow"}},
		{"empty.example", `{"action":"accept"}`, 6, []string{"403 the user was asked, and does not allow"}},
		{"silent.example", "", 7, []string{"The user was asked whether this conversation may connect to silent.example:443, and has not answered.", "403 the user was asked whether", "--egress silent.example"}},
		{"silent.example", allow, 7, []string{"403 the user was asked whether"}},
		{"host.docker.internal", allow, 7, []string{"403 host.docker.internal is a name of this machine or its network"}},
		{"metadata.google.internal", allow, 7, []string{"which sessions never reach"}},
		{"169.254.169.254", allow, 7, []string{"addresses cannot be reached"}},
		{"last.example", allow, 8, []string{"502 last.example cannot be reached"}},
		{"toomany.example", allow, 8, []string{"403 toomany.example is not open", "was asked 8 times", "--egress toomany.example"}},
		{"yes.example", "", 8, []string{"502 yes.example cannot be reached"}},
	} {
		c.answer = func(message) string { return tt.answer }
		text := c.fetch(tt.host)
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s, want %q", tt.host, text, want)
			}
		}
		if len(c.asked) != tt.asked {
			t.Fatalf("%s: asked %q, want %d questions", tt.host, c.asked, tt.asked)
		}
	}
	if want := "Code in this conversation wants to connect to yes.example:443. "; !strings.HasPrefix(c.asked[0], want) {
		t.Errorf("asked %q", c.asked[0])
	}
	if said := c.Said(); !strings.Contains(said, `"host":"yes.example","port":443,"asked":true,"answer":"allowed"`) || !strings.Contains(said, `"host":"silent.example","port":443,"asked":true,"answer":"none"`) {
		t.Errorf("the log is %s", said)
	}
}

// TestNotAsked: clients that cannot ask their users, or are not to, are asked nothing, and
// the code is told host and flag.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		era, can string
		flags    []string
	}{
		"no elicitation":          {"", `{}`, []string{"--egress=ask"}},
		"pages alone":             {"", `{"elicitation":{"url":{}}}`, []string{"--egress=ask"}},
		"not to be asked":         {"", forms, []string{"--egress=a.example", "--egress-ask=off"}},
		"modern":                  {modern, `{}`, []string{"--egress=ask"}},
		"modern, pages alone":     {modern, `{"elicitation":{"url":{}}}`, []string{"--egress=ask"}},
		"modern, not to be asked": {modern, forms, []string{"--egress=a.example", "--egress-ask=off"}},
	} {
		c := start(t, tt.era, tt.can, tt.flags...)
		text := c.fetch("other.example")
		if want := "403 other.example is not open to this session; the user can open it by starting the server with --egress other.example"; !strings.Contains(text, want) || len(c.asked) != 0 {
			t.Errorf("%s: %s, asked %q", name, text, c.asked)
		}
		c.End()
	}
}

// TestRefusalsAreTold: the model reads host and flag also of programs that show no more than
// a number.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	c := start(t, "", `{}`, "--egress=listed.example")
	const why = " is not open to this session; the user can open it by starting the server with --egress "
	for _, tt := range []struct {
		code, host string
		notice     bool
	}{
		{"!curl -sS https://one.example/", "one.example", true},
		{"import requests\ntry:\n    requests.get('http://two.example/').json()\nexcept ValueError: pass", "two.example", true},
		{"import urllib.request\nurllib.request.urlopen('https://three.example/')", "three.example", false},
		{"requests.get('https://four.example:8443/')", "four.example:8443", false},
	} {
		text := c.call("run_python", map[string]any{"code": tt.code}, nil).text()
		for strings.Contains(text, "has not begun") {
			text = c.call("wait_for_run", map[string]any{}, nil).text()
		}
		told := strings.Count(text, tt.host+why+tt.host)
		if notice := strings.Contains(text, "A connection was refused: "+tt.host+why+tt.host+"."); told == 0 || notice != tt.notice {
			t.Errorf("%s: told %d times, as a notice %v: %s", tt.host, told, notice, text)
		}
	}
}

// TestStateless asks a client of the era without requests of the server: the answer of the
// call has the question, and a second call the answer.
func TestStateless(t *testing.T) {
	t.Parallel()
	c := start(t, modern, forms, "--egress=listed.example")
	code := map[string]any{"code": "import builtins\nbuiltins.n = getattr(builtins, 'n', 0) + 1\n" + fetching("yes.example")}
	first := c.call("run_python", code, nil)
	if first.Result.Type != "input_required" || first.Result.State == "" || len(first.Result.Requests) != 1 {
		t.Fatalf("the first call: %+v", first.Result)
	}
	for name, more := range map[string]map[string]any{
		"forged":   {"requestState": "eyJyIjoxfQ.AAAA", "inputResponses": first.answers(allow)},
		"no state": {"inputResponses": first.answers(allow)},
	} {
		if m := c.call("run_python", code, more); !m.Result.IsError || !strings.Contains(m.text(), "Nothing was run") {
			t.Errorf("%s: %s", name, m.text())
		}
	}
	unread := map[string]json.RawMessage{}
	for id := range first.Result.Requests {
		unread[id] = json.RawMessage(`7`)
	}
	if m := c.call("run_python", code, map[string]any{"requestState": first.Result.State, "inputResponses": unread}); m.Result.Type != "input_required" {
		t.Errorf("an answer that cannot be read: %+v", m.Result)
	}
	again := map[string]any{"requestState": first.Result.State, "inputResponses": first.answers(allow)}
	second := c.call("run_python", code, again)
	if text := second.text(); second.Result.Type != "complete" || !strings.Contains(text, "502 yes.example cannot be reached") || !strings.Contains(text, "The user allowed this conversation") {
		t.Errorf("the second call: %+v %s", second.Result, text)
	}
	if m := c.call("run_python", code, again); !m.Result.IsError || !strings.Contains(m.text(), "another call was told how") {
		t.Errorf("the second call again: %s", m.text())
	}
	if m := c.call("run_python", map[string]any{"code": "builtins.n"}, nil); !strings.Contains(m.text(), "result:\n1") {
		t.Errorf("the code ran more than once: %s", m.text())
	}
	c.call("run_python", map[string]any{"code": fetching("later.example")}, nil)
	waiting := c.call("wait_for_run", map[string]any{}, nil)
	if waiting.Result.Type != "input_required" {
		t.Fatalf("wait_for_run: %+v", waiting.Result)
	}
	m := c.call("wait_for_run", map[string]any{}, map[string]any{"requestState": waiting.Result.State, "inputResponses": waiting.answers(`{"action":"decline"}`)})
	if !strings.Contains(m.text(), "403 the user was asked, and does not allow") {
		t.Errorf("wait_for_run, declined: %s", m.text())
	}
}
