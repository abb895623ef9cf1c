package sandbox

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestWorkspacesAtOnce has many servers begin at one time: none takes
// another's folder for one that was abandoned.
func TestWorkspacesAtOnce(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			w, err := NewWorkspace(parent)
			if err != nil {
				t.Error(err)
				return
			}
			if err := os.WriteFile(filepath.Join(w.Dir(), "mine"), nil, 0o600); err != nil {
				t.Error(err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if left := workspaces(parent); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAbandonedWorkspace(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	old := filepath.Join(parent, "0123456789ab")
	if err := os.MkdirAll(filepath.Join(old, "instance"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(old, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := NewWorkspace(parent)
	if err != nil {
		t.Fatal(err)
	}
	if got := workspaces(parent); len(got) != 1 || got[0] != filepath.Base(w.Dir()) {
		t.Errorf("there are %v", got)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// TestWorkspaceWithoutJanitor has the janitor killed: the server removes the
// folder itself.
func TestWorkspaceWithoutJanitor(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	w, err := NewWorkspace(parent)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir(), "left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.janitor.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if left := workspaces(parent); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
