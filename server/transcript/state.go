package transcript

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/notebook"
)

// filesEnding is that of the file beside a state which says where the transcript is.
const filesEnding = ".files"

// Earlier returns the notebook that a named session had when its last server ended, nil
// for others.
func (r *Recorder) Earlier(id sessions.ID) []byte {
	if id != r.opts.Named || r.opts.State == "" {
		return nil
	}
	data, err := os.ReadFile(r.opts.State)
	if err != nil {
		return nil
	}
	return data
}

var _ notebook.Observer = (*Recorder)(nil)

// PruneStates removes the states in a folder that were not written for an age: their
// sessions are gone. What is no state stays.
func PruneStates(dir string, age time.Duration) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it is tried again by the next server
	}
	for _, e := range entries {
		name := e.Name()
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.Trim(name, "0123456789abcdef") != "" || time.Since(info.ModTime()) < age {
			continue
		}
		_ = os.Remove(filepath.Join(dir, name))
		_ = os.Remove(filepath.Join(dir, name+filesEnding)) // there need not be one
	}
}
