package sandbox

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testEngine returns the binary that is gVisor's runtime.
func testEngine(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := Engine(context.Background(), filepath.Join(cache, "dynamic-sessions-mcp"), func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// TestServerKilled kills a server that has no chance to clean up.
func TestServerKilled(t *testing.T) {
	parent := t.TempDir()
	server := exec.Command("/proc/self/exe")
	server.Env = append(os.Environ(), serverEnv+"="+parent, serverEnv+"_ENGINE="+testEngine(t))
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 3)); err != nil {
		t.Fatalf("the server did not come up: %v", err)
	}
	tree := processTree(t, server.Process.Pid)
	if len(tree) < 4 {
		t.Fatalf("only %d processes", len(tree))
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()

	deadline := time.After(10 * time.Second)
	began := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		left := leftOf(tree, parent)
		if left == "" {
			t.Logf("everything was gone after %v", time.Since(began).Round(time.Millisecond))
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("left behind: %s", left)
		}
	}
}

// leftOf names what is left of a killed server, or returns "".
func leftOf(tree []int, parent string) string {
	for _, pid := range tree {
		if alive(pid) {
			return "a process"
		}
	}
	if left := workspaces(parent); len(left) > 0 {
		return left[0]
	}
	if mounts, _ := os.ReadFile("/proc/self/mounts"); strings.Contains(string(mounts), parent) {
		return "a mount"
	}
	return ""
}
