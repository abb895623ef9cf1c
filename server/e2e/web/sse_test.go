package web

import (
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestSSE has two streams at once. A call reports progress and ends when a file is
// uploaded, which takes a second call on the same stream.
func TestSSE(t *testing.T) {
	t.Parallel()
	server := e2etest.StartWeb(t, e2etest.Program(t), "--warm=0")
	caller := e2etest.NewCaller(t, server.URL, server.Token)
	streams := []*e2etest.SSE{caller.OpenSSE(), caller.OpenSSE()}
	for i, s := range streams {
		s.Call(1, "run_python", map[string]any{"code": fmt.Sprint("mine = ", i)})
	}
	for i, s := range streams {
		s.Answer(1)
		s.Call(2, "run_python", map[string]any{
			"code": "import os, time\nwhile not os.path.exists('/mnt/data/go.txt'):\n    time.sleep(0.05)\nprint('mine is', mine)"})
		s.UnderWay(t)
		s.Call(3, "upload_file", map[string]any{"filename": "go.txt", "content": "go"})
		if got, want := s.Answer(2).Text(), fmt.Sprint("mine is ", i); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if status := caller.Send("POST", "/message?sessionId=unknown", e2etest.Initialize, nil).End(); status != http.StatusNotFound {
		t.Errorf("a stream that there is not: %d", status)
	}
}

// TestSSEAlone starts the program with the older transport alone.
func TestSSEAlone(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(e2etest.Program(t), "serve", "--transport=sse", "--listen=127.0.0.1:0", "--no-auth", "--warm=0")
	url := e2etest.StartCommand(t, cmd).Await(regexp.MustCompile(`serving MCP at (http://\S+)/sse`))[1]
	caller := e2etest.NewCaller(t, url, "")
	s := caller.OpenSSE()
	s.Call(1, "run_python", map[string]any{"code": "6 * 7"})
	if got := s.Answer(1).Text(); !strings.Contains(got, "42") {
		t.Errorf("got %s", got)
	}
	if status := caller.Send("POST", "/mcp", e2etest.Initialize, nil).End(); status != http.StatusNotFound {
		t.Errorf("/mcp: %d", status)
	}
}
