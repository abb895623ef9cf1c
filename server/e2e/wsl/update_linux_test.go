package wsl

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestLeftovers makes a distribution where a server was killed while it made one.
func TestLeftovers(t *testing.T) {
	l := newLab(t)
	if err := os.MkdirAll(l.disk(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.cache, "dynamic-sessions-mcp", ".dynamic-sessions-mcp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{l.disk("ext4.vhdx"), l.disk("..", "making-1.tar")} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := l.command(t, "setup").CombinedOutput()
	if text := string(out); err != nil || !strings.Contains(text, "making the distribution of WSL for the sessions") || !strings.Contains(text, ", in a Linux that the server starts (--engine)") {
		t.Errorf("%v\n%s", err, text)
	}
	if left := l.left(t); len(left) != 1 || left[0] != "disk" {
		t.Errorf("left: %q", left)
	}
	if content, err := os.ReadFile(l.disk("ext4.vhdx")); err != nil || len(content) > 0 {
		t.Errorf("the old disk: %q, %v", content, err)
	}
}

// TestUpdate starts another version of the program beside one that runs: the distribution
// keeps what was installed in it, and the former goes on.
func TestUpdate(t *testing.T) {
	l := newLab(t)
	old := l.serve(t)
	want42(t, old)
	kept := l.disk("root", "cache", "packages")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.program = filepath.Join(l.dir, "another program")
	if err := copyWithMore(e2etest.Program(t), l.program); err != nil {
		t.Fatal(err)
	}
	whole := *l
	l.system = filepath.Join(l.dir, "half.tar.gz")
	if err := copyHalf(whole.system, l.system); err != nil {
		t.Fatal(err)
	}
	if text := l.serve(t).Run("1").Text(); !strings.Contains(text, "half.tar.gz: unexpected EOF. Take it from the release") || l.calls(t, "/bin/tar") > 0 {
		t.Errorf("with half a system: %s", text)
	}
	l.system = whole.system
	full := l.mark(t, "full", "")
	agent := l.serve(t)
	if text := agent.Run("1").Text(); !strings.Contains(text, "cannot be brought up to date: the disk is full: free 3 GB") {
		t.Errorf("with a full disk: %s", text)
	}
	full()
	want42(t, agent)
	want42(t, old)
	if _, err := os.Stat(kept); err != nil || l.calls(t, "--import") != 1 {
		t.Errorf("%v, %d imports", err, l.calls(t, "--import"))
	}
	want, err := os.ReadFile(l.program)
	got, err2 := os.ReadFile(l.disk("root", "usr", "bin", "dynamic-sessions-mcp"))
	if err = errors.Join(err, err2); err != nil || string(got) != string(want) {
		t.Errorf("the program was not replaced: %v", err)
	}
}

func copyHalf(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content[:len(content)/2], 0o600)
}

func copyWithMore(from, to string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(program, "another version"...), 0o700)
}
