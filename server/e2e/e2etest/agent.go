package e2etest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // the forms in which pictures come
	_ "image/png"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

// An Agent is an MCP client that keeps every block of an answer, as the application
// of a person does. It is for one goroutine.
type Agent struct {
	// Definitions is how many characters the server's instructions and tools take,
	// which the model reads before the first call.
	Definitions int

	tb      testing.TB
	request func(id int, message string) Message
	id      int
}

// A Reply is the answer to a call.
type Reply struct {
	Blocks []Block
	Failed bool
	Sent   int // characters of the arguments
}

// A Block is one block of an answer.
type Block struct {
	Type, Text, MIMEType, URI, Name string
	Data                            []byte
}

// StartAgent starts a server that speaks MCP over its standard streams, for a client
// that has a name.
func StartAgent(tb testing.TB, cmd *exec.Cmd, name string) *Agent {
	tb.Helper()
	return (&Stdio{StartCommand(tb, cmd)}).Agent(tb, name)
}

// Agent begins a conversation of a client that has a name.
func (s *Stdio) Agent(tb testing.TB, name string) *Agent {
	tb.Helper()
	return newAgent(tb, name, s.Send, func(id int, message string) Message {
		tb.Helper()
		s.Send(message)
		return s.answer(id)
	})
}

// Agent begins a conversation of the era with sessions.
func (w *Web) Agent(t *testing.T, name string) *Agent {
	t.Helper()
	caller := NewCaller(t, w.URL, w.Token)
	post := func(message string) *Exchange { return caller.Send("POST", "/mcp", message, nil) }
	return newAgent(t, name, func(message string) { post(message).End() }, func(_ int, message string) Message {
		e := post(message)
		if id := e.Header.Get("Mcp-Session-Id"); id != "" {
			caller.Session = id
		}
		return e.Last()
	})
}

// newAgent begins the conversation.
func newAgent(tb testing.TB, name string, notify func(string), request func(int, string) Message) *Agent {
	tb.Helper()
	a := &Agent{tb: tb, request: request}
	greeting := a.ask("initialize", map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{},
		"clientInfo": map[string]string{"name": name, "version": "1"}})
	notify(Initialized)
	tools := a.ask("tools/list", map[string]any{})
	a.Definitions = utf8.RuneCountInString(greeting.Result.Instructions)
	for _, tool := range tools.Result.Tools {
		a.Definitions += utf8.RuneCountInString(tool.Name + tool.Description + string(tool.InputSchema))
	}
	return a
}

// ask sends a request and returns the answer, which has a result.
func (a *Agent) ask(method string, params any) Message {
	a.tb.Helper()
	a.id++
	message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": a.id, "method": method, "params": params})
	if err != nil {
		a.tb.Fatal(err)
	}
	m := a.request(a.id, string(message))
	if m.Result == nil {
		a.tb.Fatalf("%s: %+v", method, m.Error)
	}
	return m
}

// Call calls a tool.
func (a *Agent) Call(tool string, arguments map[string]any) Reply {
	a.tb.Helper()
	m := a.ask("tools/call", map[string]any{"name": tool, "arguments": arguments})
	sent := 0
	for _, v := range arguments {
		sent += utf8.RuneCountInString(fmt.Sprint(v))
	}
	return Reply{Blocks: m.Result.Content, Failed: m.Result.IsError, Sent: sent}
}

// Run runs code.
func (a *Agent) Run(code string) Reply {
	a.tb.Helper()
	return a.Call("run_python", map[string]any{"code": code})
}

// answer is the answer to a request, after what the server sends before it.
func (s *Stdio) answer(id int) Message {
	s.tb.Helper()
	for {
		line, err := s.Out.ReadBytes('\n')
		if err != nil {
			s.tb.Fatalf("%v\n%s", err, s.Said())
		}
		m := Message{}
		if json.Unmarshal(line, &m) == nil && m.Method == "" && string(m.ID) == fmt.Sprint(id) {
			return m
		}
	}
}

// Text returns the texts of all blocks, a line between two.
func (r Reply) Text() string {
	var texts []string
	for _, b := range r.Blocks {
		if b.Type == "text" {
			texts = append(texts, b.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// Characters is how many characters the model reads: texts, and what links say.
func (r Reply) Characters() int {
	n := 0
	for _, b := range r.Blocks {
		n += utf8.RuneCountInString(b.Text + b.URI + b.Name)
	}
	return n
}

// Pictures decodes the answer's pictures.
func (r Reply) Pictures(tb testing.TB) []image.Image {
	tb.Helper()
	var all []image.Image
	for _, b := range r.Blocks {
		if b.Type == "image" {
			all = append(all, b.Picture(tb))
		}
	}
	return all
}

// Picture decodes a block that is a picture.
func (b Block) Picture(tb testing.TB) image.Image {
	tb.Helper()
	picture, kind, err := image.Decode(bytes.NewReader(b.Data))
	if err != nil || "image/"+kind != b.MIMEType {
		tb.Fatalf("a picture that says it is %s is %s: %v", b.MIMEType, kind, err)
	}
	return picture
}

// ImageTokens is what the answer's pictures cost, by Anthropic's rule: a picture is
// made to fit 1568 pixels and 1.15 megapixels, and 750 pixels are a token.
func (r Reply) ImageTokens(tb testing.TB) int {
	tb.Helper()
	tokens := 0
	for _, p := range r.Pictures(tb) {
		size := p.Bounds().Size()
		w, h := float64(size.X), float64(size.Y)
		if long := max(w, h); long > 1568 {
			w, h = w*1568/long, h*1568/long
		}
		tokens += int(min(w*h, 1_150_000) / 750)
	}
	return tokens
}
