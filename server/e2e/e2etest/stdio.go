package e2etest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// Messages of a client that begins a conversation, without the ends of their lines.
const (
	Initialize  = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`
	Initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
)

// RunPython is a call of run_python, without the end of its line.
func RunPython(id int, code string) string {
	text, _ := json.Marshal(code) // a string can be marshalled
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"run_python","arguments":{"code":%s}}}`, id, text)
}

// Stdio is the program as it serves MCP over its standard streams, and a client
// that does as little as can be. It is for one goroutine.
type Stdio struct{ *Process }

// StartStdio starts "serve".
func StartStdio(tb testing.TB, program string, flags ...string) *Stdio {
	tb.Helper()
	return &Stdio{Start(tb, program, append([]string{"serve"}, flags...)...)}
}

// Send sends a line.
func (s *Stdio) Send(message string) {
	s.tb.Helper()
	if _, err := io.WriteString(s.In, message+"\n"); err != nil {
		s.tb.Fatalf("%v\n%s", err, s.Said())
	}
}

// Call sends a request and returns the next line, and how long that took.
func (s *Stdio) Call(request string) (answer string, took time.Duration) {
	s.tb.Helper()
	began := time.Now()
	s.Send(request)
	return s.Next(), time.Since(began)
}

// Next returns the next line.
func (s *Stdio) Next() string {
	s.tb.Helper()
	line, err := s.Out.ReadString('\n')
	if err != nil {
		s.tb.Fatalf("%v\n%s", err, s.Said())
	}
	return line
}

// Run runs code.
func (s *Stdio) Run(id int, code string) (answer string, took time.Duration) {
	s.tb.Helper()
	return s.Call(RunPython(id, code))
}

// Greet begins the conversation and returns the answer to initialize.
func (s *Stdio) Greet() string {
	s.tb.Helper()
	answer, _ := s.Call(Initialize)
	if !strings.Contains(answer, `"protocolVersion"`) {
		s.tb.Fatalf("initialize: %s", answer)
	}
	s.Send(Initialized)
	return answer
}
