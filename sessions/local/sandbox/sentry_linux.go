package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// A sentry is the host process that is a sandbox's kernel and runs its program.
type sentry struct {
	process  *os.Process // holds the process itself, not just its number
	goferPID int
	*footprint
}

// openSentry opens the process pid and the gofer that serves it, if pid is a sentry
// that the process parent has started.
func openSentry(pid, gofer, parent int) (*sentry, error) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil, err
	}
	// Checked only now: an open process cannot become another one.
	f, err := openFootprint(pid, gofer, parent)
	if err != nil {
		p.Release()
		return nil, errNoSentry
	}
	return &sentry{process: p, goferPID: gofer, footprint: f}, nil
}

// isChild reports whether the process with the folder dir is a child of parent.
func isChild(dir string, parent int) bool {
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	return err == nil && bytes.Contains(status, fmt.Appendf(nil, "\nPPid:\t%d\n", parent))
}

func (p *sentry) kill() { _ = p.process.Kill() }
