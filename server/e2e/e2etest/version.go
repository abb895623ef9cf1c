package e2etest

import (
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"testing"

	"dynamic-sessions-mcp/sessions/wire"
	"dynamic-sessions-mcp/sessions/wire/pipe"
)

// Version returns the version that a program says it has when it serves a pool over its
// standard streams.
func Version(tb testing.TB, program string) string {
	tb.Helper()
	p := StartCommand(tb, exec.Command(program, "pool", "--stdio", "--warm=0"))
	client := pipe.Client(pipe.Conn(io.NopCloser(p.Out), p.In))
	tb.Cleanup(client.CloseIdleConnections)
	resp, err := client.Get("http://localhost" + wire.PathPrepare)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		tb.Fatal(resp.Status)
	}
	var first wire.Stage
	if err := json.NewDecoder(resp.Body).Decode(&first); err != nil {
		tb.Fatal(err)
	}
	return first.Version
}
