package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How often a footprint measures the processes in which the sentry runs the
// program. Each time it reads a file for each thread of the sentry and each of those
// processes, so it measures rarely while nothing grows. What they hold can grow as
// fast as memory is touched, by a page of a table for each page. While it grows, a
// footprint measures often, but less often the more processes there are.
const (
	minStubsInterval = 25 * time.Millisecond
	maxStubsInterval = 400 * time.Millisecond
	stubInterval     = 2 * time.Millisecond // for each of them
	growth           = 1 << 20              // bytes from which on something grows
)

// stubBytes is what the kernel holds for a process in which the program runs,
// beside its tables: its stacks, and what describes it.
const stubBytes = 256 << 10

// A footprint measures what the host holds for one sandbox:
//
//   - the file in which the sentry keeps the memory of the program, and its
//     tmpfs,
//   - the memory of the sentry itself, in which are sockets and their buffers,
//     pipes, the names and attributes of files, and all else that a kernel has,
//   - the memory of the gofer,
//   - page tables, and the processes in which the program runs.
//
// Measuring never waits for the sandbox.
type footprint struct {
	pid    int    // the sentry's
	file   string // path of the descriptor of the file
	sentry *processMemory
	gofer  *processMemory // nil if it has ended

	mu    sync.Mutex
	stubs stubsLook
}

// A stubsLook is what came of the last look at the processes in which the program
// runs.
type stubsLook struct {
	at     time.Time
	held   int64         // what they held
	others int64         // what the host held beside them
	pace   time.Duration // how soon to look again if something grows
	grown  bool          // they held more than the time before
}

// due reports whether to look again at a time at which the host holds rest.
func (l *stubsLook) due(now time.Time, rest int64) bool {
	passed := now.Sub(l.at)
	return passed >= maxStubsInterval || passed >= l.pace && (l.grown || rest-l.others >= growth)
}

// look looks at the processes below the sentry.
func (l *stubsLook) look(sentry int, now time.Time, rest int64) {
	held, processes := stubMemory(sentry)
	*l = stubsLook{
		at: now, held: held, others: rest, grown: held-l.held >= growth,
		pace: min(max(minStubsInterval, time.Duration(processes)*stubInterval), maxStubsInterval),
	}
}

// openFootprint begins to measure the sandbox of a sentry and a gofer that the
// process parent has started.
func openFootprint(sentry, gofer, parent int) (*footprint, error) {
	c, err := openProcessMemory(sentry, parent, sentryName)
	if err != nil {
		return nil, err
	}
	f := &footprint{pid: sentry, sentry: c}
	if g, err := openProcessMemory(gofer, parent, goferName); err == nil {
		f.gofer = g
	}
	return f, nil
}

func (f *footprint) close() {
	f.sentry.close()
	if f.gofer != nil {
		f.gofer.close()
	}
}

// bytes returns what the host holds.
func (f *footprint) bytes() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !isMemory(f.file) { // a sentry replaces it when it restores a program
		path, err := findMemory(f.pid)
		if err != nil {
			return 0, err
		}
		f.file = path
	}
	sum, err := allocated(f.file)
	if err != nil {
		return 0, err
	}
	sum += f.sentry.anonymous()
	if f.gofer != nil {
		sum += f.gofer.anonymous()
	}
	if now := time.Now(); f.stubs.due(now, sum) {
		f.stubs.look(f.pid, now, sum)
	}
	return sum + f.stubs.held, nil
}

// findMemory returns the path of the file that is the memory of a sentry's
// program.
func findMemory(pid int) (string, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); isMemory(path) {
			return path, nil
		}
	}
	return "", errNoSentry
}

// isMemory reports whether the descriptor at a path is of such a file.
func isMemory(path string) bool {
	target, err := os.Readlink(path)
	return err == nil && strings.HasPrefix(target, "/memfd:runsc-memory")
}

// allocated returns the bytes that a file takes.
func allocated(path string) (int64, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return 0, err
	}
	return st.Blocks * 512, nil
}

// stubMemory returns what the kernel holds for the tables of a process, and for
// the processes below it, and how many those are.
func stubMemory(pid int) (held int64, processes int) {
	held = statusBytes(pid, "VmPTE")
	for _, pid := range childrenOf(pid) {
		below, more := stubMemory(pid)
		held += stubBytes + statusBytes(pid, "RssAnon") + below
		processes += 1 + more
	}
	return held, processes
}

// childrenOf returns the processes that the threads of a process have started.
func childrenOf(pid int) []int {
	tasks := fmt.Sprintf("/proc/%d/task", pid)
	threads, err := os.ReadDir(tasks)
	if err != nil {
		return nil // it has ended
	}
	var children []int
	for _, thread := range threads {
		list, err := os.ReadFile(filepath.Join(tasks, thread.Name(), "children"))
		if err != nil {
			continue // the thread has ended meanwhile
		}
		for field := range bytes.FieldsSeq(list) {
			if child, err := strconv.Atoi(string(field)); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

// statusBytes returns the sum of the named sizes of a process's status.
func statusBytes(pid int, names ...string) (sum int64) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // it has ended
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		for _, wanted := range names {
			if name == wanted {
				kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
				sum += kilobytes << 10
			}
		}
	}
	return sum
}

// A processMemory reads how much memory of its own a process has. It stays with the
// process: an open file of /proc never tells about another one that has got
// the number.
type processMemory struct {
	statm *os.File
}

// openProcessMemory begins to measure the process pid, if that is a child of
// parent and calls itself name.
func openProcessMemory(pid, parent int, name string) (*processMemory, error) {
	dir := fmt.Sprintf("/proc/%d", pid)
	f, err := os.Open(dir + "/statm")
	if err != nil {
		return nil, err
	}
	args, err := os.ReadFile(dir + "/cmdline")
	if err != nil || !bytes.HasPrefix(args, []byte(name+"\x00")) || !isChild(dir, parent) {
		f.Close()
		return nil, errNoSentry
	}
	return &processMemory{statm: f}, nil
}

// anonymous returns the bytes of memory that are the process's alone and no
// file's. It is 0 for one that has ended.
func (c *processMemory) anonymous() int64 {
	var line [128]byte
	n, err := c.statm.ReadAt(line[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	fields := bytes.Fields(line[:n])
	if len(fields) < 3 {
		return 0
	}
	resident, err1 := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, err2 := strconv.ParseInt(string(fields[2]), 10, 64)
	if errors.Join(err1, err2) != nil {
		return 0
	}
	return max(0, resident-shared) * int64(os.Getpagesize())
}

func (c *processMemory) close() { c.statm.Close() }
