package local

import (
	"os"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// folders makes and removes whole folders of sessions. Either may take long, so
// nobody who does it holds the pool's lock. Tests have a disk on which they do not
// return.
type folders interface {
	MkdirTemp(dir, pattern string) (string, error)
	RemoveTree(dir string) error
}

// hostFolders are folders of the host.
type hostFolders struct{}

func (hostFolders) MkdirTemp(dir, pattern string) (string, error) { return os.MkdirTemp(dir, pattern) }
func (hostFolders) RemoveTree(dir string) error                   { return sandbox.RemoveTree(dir) }
