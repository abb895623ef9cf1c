package wsl

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestKilled kills the server, and what stands for wsl.exe in between: nothing is left of
// either, and the next call says what has happened.
func TestKilled(t *testing.T) {
	l := newLab(t)
	server := &e2etest.Stdio{Process: e2etest.StartCommand(t, l.command(t, "serve", "--warm=0", "--out=none"))}
	agent := server.Agent(t, "test")
	want42(t, agent)
	pool := l.pool()
	relay := parentOf(t, pool)
	if err := syscall.Kill(relay, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, pool)
	text := agent.Run("print(x)").Text()
	if !strings.Contains(text, "NameError") {
		text += agent.Run("print(x)").Text()
	}
	if !strings.Contains(text, "NameError") || !strings.Contains(strings.ToLower(text), "session") {
		t.Errorf("after the end of wsl.exe: %s", text)
	}
	pool = l.pool()
	server.Kill()
	awaitEnd(t, pool)
	if n := l.calls(t, "--import"); n != 1 {
		t.Errorf("%d imports", n)
	}
}

func parentOf(t *testing.T, pid int) (parent int) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	after := string(stat)[strings.LastIndex(string(stat), ")")+1:]
	if _, err := fmt.Sscanf(after, " %1s %d", new(string), &parent); err != nil {
		t.Fatal(err)
	}
	return parent
}

// TestHangingPool stops the pool, so that it ignores the end of its input: it alone is
// killed, and not that of the other server.
func TestHangingPool(t *testing.T) {
	l := newLab(t)
	other := l.serve(t)
	want42(t, other)
	others := l.pool()
	want42(t, l.serve(t))
	pool := l.pool()
	if pool == others {
		t.Fatal("both have one pool")
	}
	relay := parentOf(t, pool)
	if err := errors.Join(syscall.Kill(pool, syscall.SIGSTOP), syscall.Kill(relay, syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, pool) // killed by its variable
	want42(t, other)
	if l.calls(t, "--terminate") != 0 || l.calls(t, "--import") != 1 {
		t.Error("the distribution was terminated, or made again")
	}
}

// TestGone loses the distribution in every way while a server runs: it is made again.
func TestGone(t *testing.T) {
	l := newLab(t)
	agent := l.serve(t)
	want42(t, agent)
	for name, lose := range map[string]func() error{
		"its disk is deleted": func() error { return os.Remove(l.disk("ext4.vhdx")) },
		"unregistered": func() error {
			return exec.Command(filepath.Join(l.dir, "wsl.exe"), "--unregister", "dynamic-sessions-mcp").Run()
		},
		"all of it is deleted": func() error { return os.RemoveAll(l.disk()) },
	} {
		before, pool := l.calls(t, "--import"), l.pool()
		if err := errors.Join(lose(), syscall.Kill(pool, syscall.SIGKILL)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		awaitEnd(t, pool)
		if text := agent.Run("6 * 7").Text(); !strings.Contains(text, "42") {
			want42(t, agent) // the one before may have been told that the pool has ended
		}
		if n := l.calls(t, "--import"); n != before+1 {
			t.Errorf("%s: %d imports", name, n-before)
		}
	}
}
