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

// sentryOf finds the sentry that the runtime process pid has started.
func sentryOf(pid int) (*sentry, error) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended meanwhile
		}
		for child := range strings.FieldsSeq(string(data)) {
			if p, err := openSentry(child); err == nil {
				return p, nil
			}
		}
	}
	return nil, errNoSentry
}

// openSentry takes hold of a process, if it is a sentry.
func openSentry(pid string) (*sentry, error) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return nil, err
	}
	p, err := os.FindProcess(n)
	if err != nil {
		return nil, err
	}
	// Only now that the process is held can it not be another one.
	args, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	if err != nil || !bytes.HasPrefix(args, []byte("runsc-sandbox\x00")) {
		p.Release()
		return nil, errNoSentry
	}
	return &sentry{process: p}, nil
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
