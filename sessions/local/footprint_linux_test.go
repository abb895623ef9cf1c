package local_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// descendants returns all processes below pid.
func descendants(pid int) []int {
	var found []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		data, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(data)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(append(found, child), descendants(child)...)
			}
		}
	}
	return found
}

// commandOf returns the first argument of a process.
func commandOf(pid int) string {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	name, _, _ := bytes.Cut(line, []byte{0})
	return string(name)
}

// kilobytes returns the sum of the named lines of a file of /proc, in bytes.
func kilobytes(path string, names ...string) (sum int64) {
	data, _ := os.ReadFile(path)
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		for _, wanted := range names {
			if name == wanted {
				n, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
				sum += n << 10
			}
		}
	}
	return sum
}

// A footprintWatch keeps the largest footprint that it sees.
type footprintWatch struct {
	stop, done chan struct{}
	seen       atomic.Int64 // the largest so far
	peak       int64        // the same, once it is done
	parts      string
}

// guardBytes is what no test may make the machine hold: beyond it everything
// below the sandbox host is killed.
const guardBytes = 5 << 29

func watchFootprint(t testing.TB) *footprintWatch {
	w := &footprintWatch{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for {
			select {
			case <-w.stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			n, parts, pids := footprint()
			if n > w.peak {
				w.peak, w.parts = n, parts
				w.seen.Store(n)
			}
			if n > guardBytes {
				for _, pid := range pids {
					if p, err := os.FindProcess(pid); err == nil {
						_ = p.Kill()
					}
				}
			}
		}
	}()
	t.Cleanup(func() { w.end() })
	return w
}

func (w *footprintWatch) end() int64 {
	select {
	case <-w.done:
	default:
		close(w.stop)
		<-w.done
	}
	return w.peak
}

// footprint returns what the host holds for all sandboxes of this process, what
// that is made of, and the processes below the sandbox host: the anonymous memory
// of each and its page tables, and the files that are the memory of programs.
func footprint() (sum int64, parts string, pids []int) {
	stubs := int64(0)
	for _, pid := range descendants(os.Getpid()) {
		name := commandOf(pid)
		if name == "sandbox-host" || name == "sandbox-janitor" {
			continue
		}
		dir := fmt.Sprintf("/proc/%d", pid)
		anon := kilobytes(dir+"/status", "RssAnon")
		tables := kilobytes(dir+"/status", "VmPTE")
		shared := int64(0)
		if name == "runsc-sandbox" {
			shared = fileBytes(dir)
		}
		if !strings.HasPrefix(name, "runsc") { // the processes in which the program runs
			sum += anon + tables
			stubs += anon + tables
			pids = append(pids, pid)
			continue
		}
		sum += anon + tables + shared
		pids = append(pids, pid)
		parts += fmt.Sprintf(" %s:anon=%d,pte=%d,file=%d", strings.TrimPrefix(name, "runsc-"), anon>>20, tables>>20, shared>>20)
	}
	return sum, fmt.Sprintf("%s stubs=%d", parts, stubs>>20), pids
}

// fileBytes returns what the sandbox's memory file holds.
func fileBytes(dir string) (sum int64) {
	fds, _ := filepath.Glob(dir + "/fd/*")
	seen := map[uint64]bool{}
	for _, fd := range fds {
		target, _ := os.Readlink(fd)
		if !strings.HasPrefix(target, "/memfd:") {
			continue
		}
		var st syscall.Stat_t
		if syscall.Stat(fd, &st) == nil && !seen[st.Ino] {
			seen[st.Ino] = true
			sum += st.Blocks * 512
		}
	}
	return sum
}
