//go:build !linux

package sandbox

import (
	"os"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// A Workspace is a private folder that is removed when it is closed. Where
// there is no janitor, it stays behind when the server is killed.
type Workspace struct{ dir string }

// NewWorkspace makes a workspace below parent, which must be for workspaces
// alone. Close it when done.
func NewWorkspace(parent string) (*Workspace, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		return nil, err
	}
	return &Workspace{dir: dir}, nil
}

// Dir returns the folder.
func (w *Workspace) Dir() string { return w.dir }

// Close removes the folder and waits until it is gone.
func (w *Workspace) Close() error {
	return cachedir.RemoveTree(w.dir)
}

// Abandoned returns 0: there is no telling which server is gone.
func (w *Workspace) Abandoned() int { return 0 }
