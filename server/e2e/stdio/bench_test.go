package server_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// buildProgram builds the program as users are told to.
func buildProgram(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "dynamic-sessions-mcp")
	build := exec.Command("go", "build", "-o", path, "dynamic-sessions-mcp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// client speaks MCP over stdio as plainly as can be, so that what is measured
// is the server.
type client struct {
	tb    testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	began time.Time
}

// startProgram starts the real program on the embedded pool. The caller calls
// end.
func startProgram(tb testing.TB, path string) *client {
	tb.Helper()
	cmd := exec.Command(path, "serve", "--log-level", "error")
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	c := &client{tb: tb, cmd: cmd, in: in, out: bufio.NewReader(out), began: time.Now()}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return c
}

// end ends the program and waits for it.
func (c *client) end() {
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.tb.Errorf("the server: %v", err)
	}
}

// call sends a request and returns the answer and how long it took.
func (c *client) call(request string) (string, time.Duration) {
	c.tb.Helper()
	began := time.Now()
	if _, err := io.WriteString(c.in, request+"\n"); err != nil {
		c.tb.Fatal(err)
	}
	answer, err := c.out.ReadString('\n')
	if err != nil {
		c.tb.Fatal(err)
	}
	return answer, time.Since(began)
}

const (
	initialize  = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`
	initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
)

// run calls run_python.
func (c *client) run(id int, code string) (string, time.Duration) {
	c.tb.Helper()
	return c.call(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"run_python","arguments":{"code":%q}}}`, id, code))
}

func (c *client) greet() time.Duration {
	c.tb.Helper()
	answer, _ := c.call(initialize)
	took := time.Since(c.began)
	if !strings.Contains(answer, `"protocolVersion"`) {
		c.tb.Fatalf("initialize: %s", answer)
	}
	if _, err := io.WriteString(c.in, initialized+"\n"); err != nil {
		c.tb.Fatal(err)
	}
	return took
}

func reportQuantiles(b *testing.B, d []time.Duration) {
	slices.Sort(d)
	b.ReportMetric(float64(d[len(d)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(d[len(d)*99/100])/1e6, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkInitialize is the time from the start of the process to the answer
// to initialize, while the pool warms.
func BenchmarkInitialize(b *testing.B) {
	path := buildProgram(b)
	var d []time.Duration
	for b.Loop() {
		c := startProgram(b, path)
		d = append(d, c.greet())
		c.end()
	}
	reportQuantiles(b, d)
}

// BenchmarkWarmCall is 6 * 7 through MCP in a session that is in use.
func BenchmarkWarmCall(b *testing.B) {
	c := startProgram(b, buildProgram(b))
	defer c.end()
	c.greet()
	c.run(1, "6 * 7")
	var d []time.Duration
	for b.Loop() {
		answer, took := c.run(2, "6 * 7")
		if !strings.Contains(answer, "42") {
			b.Fatal(answer)
		}
		d = append(d, took)
	}
	reportQuantiles(b, d)
}
