//go:build chaos && linux

package chaos

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// maxServerMemory is what a server may have, whatever its sessions send.
	maxServerMemory = 400 << 20
	// maxServerFiles is far above the descriptors of the sessions and spares
	// that a server may have, and far below what an hour of leaks adds up to.
	maxServerFiles = 200
	// leftPatience is how long what servers left may take to be gone.
	leftPatience = 30 * time.Second
)

// checkFlat checks that a server has not grown.
func (d *day) checkFlat(s *server) {
	pid := s.pid()
	if pid == 0 {
		return
	}
	most := statusOf(pid, "VmHWM")
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		d.t.Error(err)
	}
	d.t.Logf("%s: %d MB at most, %d descriptors, %d threads", s.name, most>>20, len(files), statusOf(pid, "Threads")>>10)
	if most > maxServerMemory || len(files) > maxServerFiles {
		d.t.Errorf("%s has grown", s.name)
	}
}

// statusOf reads a number of the kernel's about a process, in bytes.
func statusOf(pid int, name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// checkNothingLeft waits until nothing is left of the servers but what they
// keep.
func (d *day) checkNothingLeft() {
	late := time.After(leftPatience)
	for {
		left := d.left()
		if len(left) == 0 {
			return
		}
		select {
		case <-late:
			d.t.Errorf("left behind: %s", strings.Join(left, "\n\t"))
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// left returns the processes, mounts and folders that there should not be.
func (d *day) left() (left []string) {
	for pid, line := range commandLines() {
		if strings.Contains(line, d.disk.cache) {
			left = append(left, fmt.Sprintf("process %d: %.300s", pid, line))
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		d.t.Error(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, d.disk.cache) {
			left = append(left, "mount "+line)
		}
	}
	for _, pattern := range []string{"image-*", "making-*", "install-*", "*.partial", ".upload-*"} {
		left = append(left, leftBelow(d.disk.cache, pattern)...)
	}
	for _, run := range leftBelow(d.disk.cache, "run") {
		folder, _ := strconv.Unquote(run)
		workspaces, _ := filepath.Glob(filepath.Join(folder, "*", "lock"))
		left = append(left, workspaces...)
	}
	return left
}

// commandLines returns those of all processes.
func commandLines() map[int]string {
	lines := map[int]string{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
			lines[pid] = string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	return lines
}

// descendants returns the processes with a name below another one.
func descendants(of int, name string) (found []int) {
	if of == 0 {
		return nil
	}
	children := map[int][]int{}
	lines := commandLines()
	for pid := range lines {
		parent := int(statusOf(pid, "PPid") >> 10)
		children[parent] = append(children[parent], pid)
	}
	for queue := []int{of}; len(queue) > 0; queue = queue[1:] {
		for _, pid := range children[queue[0]] {
			if strings.HasPrefix(lines[pid], name+" ") {
				found = append(found, pid)
			}
			queue = append(queue, pid)
		}
	}
	return found
}
