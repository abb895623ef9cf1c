package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A sentry is the host process that is a sandbox's kernel and runs its program.
type sentry struct {
	process *os.Process // holds the process itself, not just its number
	memfd   string      // path of the descriptor of the file that is the program's memory
}

// openSentry takes hold of the process pid, if it is a sentry that the process
// parent has started.
func openSentry(pid, parent int) (*sentry, error) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil, err
	}
	// Only now that the process is held can it not be another one.
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	args, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	if err != nil || !bytes.HasPrefix(args, []byte(sentryName+"\x00")) || !isChild(dir, parent) {
		p.Release()
		return nil, errNoSentry
	}
	return &sentry{process: p}, nil
}

// isChild reports whether the process with the folder dir is a child of parent.
func isChild(dir string, parent int) bool {
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	return err == nil && bytes.Contains(status, fmt.Appendf(nil, "\nPPid:\t%d\n", parent))
}

func (p *sentry) kill() { _ = p.process.Kill() }

// memory returns how much of the file that holds the program's memory is in
// use. The sentry keeps all memory of the program, and of its tmpfs, in one
// file in memory.
func (p *sentry) memory() (int64, error) {
	if p.memfd == "" {
		path, err := p.findMemory()
		if err != nil {
			return 0, err
		}
		p.memfd = path
	}
	var st syscall.Stat_t
	if err := syscall.Stat(p.memfd, &st); err != nil {
		return 0, err
	}
	return st.Blocks * 512, nil
}

func (p *sentry) findMemory() (string, error) {
	dir := fmt.Sprintf("/proc/%d/fd", p.process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, "/memfd:runsc-memory") {
			return path, nil
		}
	}
	return "", errNoSentry
}
