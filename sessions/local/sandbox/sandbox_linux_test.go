package sandbox

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// newRuntime returns a runtime over a folder that is gone when the test ends.
func newRuntime(t testing.TB) *Runtime {
	t.Helper()
	return newRuntimeWith(t, UserFolders{})
}

// newRuntimeWith returns a runtime whose sandboxes see folders of the user.
func newRuntimeWith(t testing.TB, user UserFolders) *Runtime {
	t.Helper()
	level, err := testedLevel()
	if err != nil {
		t.Fatal(err)
	}
	return newRuntimeAt(t, level, user)
}

// newRuntimeAt returns a runtime at a level.
func newRuntimeAt(t testing.TB, level Level, user UserFolders) *Runtime {
	t.Helper()
	return newRuntimeOf(t, baseSystem(), level, user)
}

// newRuntimeOf returns a runtime whose sandboxes are made of a base system.
func newRuntimeOf(t testing.TB, base string, level Level, user UserFolders) *Runtime {
	t.Helper()
	parent := t.TempDir()
	w, err := NewWorkspace(parent)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRuntime(testEngine(t), filepath.Join(w.Dir(), "runtime"), base, level, user)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Close(), w.Close()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if left := workspaces(parent); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return r
}

// workspaces returns the names of the workspaces below a folder.
func workspaces(parent string) []string {
	entries, _ := os.ReadDir(parent)
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// shell runs a shell command in a sandbox and returns what it wrote.
func shell(t *testing.T, r *Runtime, script string) string {
	t.Helper()
	return shellLimited(t, r, script, Limits{})
}

func shellLimited(t *testing.T, r *Runtime, script string, limits Limits) string {
	t.Helper()
	return shellOf(t, r, "/bin/bash", script, limits)
}

// shellOf does the same with another shell.
func shellOf(t *testing.T, r *Runtime, shell, script string, limits Limits) string {
	t.Helper()
	s, err := r.Start(Spec{
		Args:     []string{shell, "-c", script},
		Env:      []string{"PATH=/usr/bin:/bin"},
		Hostname: "host",
		Data:     t.TempDir(),
		Limits:   limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(s.Stdout())
	if err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if d := s.Diagnostics(); d != "" {
		t.Logf("diagnostics: %s", d)
	}
	return strings.TrimSpace(string(out))
}

func TestRun(t *testing.T) {
	r := newRuntime(t)
	if got := shell(t, r, "hostname; id -u; pwd"); got != "host\n0\n/mnt/data" {
		t.Errorf("the program wrote %q", got)
	}
}

func TestKillLeavesNothing(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Start(Spec{Args: []string{"/bin/sh", "-c", "echo up; sleep 1000 & sleep 1000"}, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	up := make([]byte, 3)
	if _, err := io.ReadFull(s.Stdout(), up); err != nil {
		t.Fatalf("%v; %s", err, s.Diagnostics())
	}
	<-s.up
	if n, err := s.Memory(); err != nil || n <= 0 || n > 1<<30 {
		t.Errorf("Memory = %d, %v", n, err)
	}
	tree := processTree(t, s.host.cmd.Process.Pid)[1:]
	if len(tree) < 2 {
		t.Errorf("the tree has %d processes, want the sentry and the gofer at least", len(tree))
	}
	s.Kill()
	for _, p := range tree {
		if alive(p) {
			t.Errorf("process %d is left", p)
		}
	}
	if _, err := os.Stat(s.bundle); !os.IsNotExist(err) {
		t.Errorf("the bundle is left: %v", err)
	}
}

// processTree returns the processes of which pid is the root.
func processTree(t *testing.T, pid int) []int {
	t.Helper()
	tree := []int{pid}
	lists, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, list := range lists {
		data, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(data)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			tree = append(tree, processTree(t, child)...)
		}
	}
	return tree
}

// alive reports whether a process exists and is not just waiting to be reaped.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
