//go:build peers

// Package peers compares the program with others.
package peers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestPeers prints the table that compares this server with others: see
// testdata/peers/README.md. The peers are installed, once, into the user's
// cache folder.
//
//	CGO_ENABLED=0 go test -tags peers -count 1 -timeout 30m -v ./server/e2e/peers
func TestPeers(t *testing.T) {
	dir := e2etest.Testdata(t, "peers")
	binary := e2etest.Program(t)
	setup := exec.CommandContext(t.Context(), binary, "setup")
	if out, err := setup.CombinedOutput(); err != nil {
		t.Fatalf("setup: %v\n%s", err, out)
	}
	python := func(name string, limit time.Duration, args ...string) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		cmd := exec.CommandContext(ctx, "python3", append([]string{"-B", filepath.Join(dir, name)}, args...)...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		// An interrupt lets the program end the servers that it has started.
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = time.Minute
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	python("install.py", 15*time.Minute)
	python("peers.py", 11*time.Minute, "--server", binary)
}
