//go:build clients

package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mcpServer is the real program, serving MCP over HTTP.
type mcpServer struct {
	url, token string
}

var mcpAddress = regexp.MustCompile(`serving MCP at (http://[^/]+)/mcp`)

// startMCP starts the real program. It is ended, and must end well, when the
// test has.
func startMCP(t *testing.T, program string, flags ...string) *mcpServer {
	t.Helper()
	tokenFile := filepath.Join(t.TempDir(), "token")
	args := append([]string{"serve", "--transport=http", "--listen=127.0.0.1:0", "--auth-token-file=" + tokenFile}, flags...)
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	said := make(chan string, 1)
	go func() { said <- listenFor(stderr, mcpAddress, address) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		killed := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		defer killed.Stop()
		text := <-said
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("the server ended with %v:\n%s", err, text)
		}
	})
	s := &mcpServer{}
	var ok bool
	if s.url, ok = <-address; !ok {
		t.Fatal("the server did not start")
	}
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		t.Fatal(err)
	}
	s.token = string(bytes.TrimSpace(token))
	return s
}

// listenFor returns all of text, and sends what pattern first finds in it.
func listenFor(text io.Reader, pattern *regexp.Regexp, found chan<- string) string {
	var all strings.Builder
	lines := bufio.NewScanner(text)
	waiting := true
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if m := pattern.FindStringSubmatch(lines.Text()); m != nil && waiting {
			waiting = false
			found <- m[1]
		}
	}
	if waiting {
		close(found)
	}
	return all.String()
}

// gauges are what the server's metrics say of conversations and sessions, by name
// and labels.
func (s *mcpServer) gauges(t *testing.T) map[string]float64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("metrics: %s", answer.Status)
	}
	values := map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if !strings.HasPrefix(name, "dynamic_sessions_conversations") && !strings.HasPrefix(name, "dynamic_sessions_sessions") {
			continue
		}
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = number
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

func conversationsGauge(kind string) string {
	return fmt.Sprintf("dynamic_sessions_conversations{kind=%q}", kind)
}

func sessionsGauge(state string) string {
	return fmt.Sprintf("dynamic_sessions_sessions{state=%q}", state)
}

// waitFor looks at the gauges until they are as they should be.
func (s *mcpServer) waitFor(t *testing.T, what string, as func(gauges map[string]float64) bool) {
	t.Helper()
	const patience = time.Minute
	late := time.After(patience)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		gauges := s.gauges(t)
		if as(gauges) {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("%s: not after %v; there is %v", what, patience, gauges)
		}
	}
}
