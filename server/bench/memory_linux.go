package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// memoryOf returns what a process and all below it hold: the proportional set size of
// each address space, once, and the pages of memory files (memfd) that nobody maps.
func memoryOf(pid int) (int64, error) {
	pids := append([]int{pid}, descendants(pid)...)
	var total, mapped int64
	for _, pid := range addressSpaces(pids) {
		pss, shared := proportionalSize(pid)
		total, mapped = total+pss, mapped+shared
	}
	if total == 0 {
		return 0, fmt.Errorf("/proc/%d/smaps_rollup tells nothing of the memory of the process", pid)
	}
	files := map[[2]uint64]int64{}
	for _, pid := range pids {
		addMemoryFiles(pid, files)
	}
	var inFiles int64
	for _, size := range files {
		inFiles += size
	}
	return total + max(0, inFiles-mapped), nil
}

// descendants returns all processes below pid.
func descendants(pid int) (found []int) {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		// The name, in brackets, may have anything in it.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		child, err1 := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
		if len(fields) < 2 || err1 != nil {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	for open := children[pid]; len(open) > 0; {
		found = append(found, open[0])
		open = append(open[1:], children[open[0]]...)
	}
	return found
}

// addressSpaces returns one process of each address space: the processes in which a
// sandbox runs its program can have one in common.
func addressSpaces(pids []int) []int {
	chosen := slices.SortedFunc(slices.Values(pids), compareSpaces)
	return slices.CompactFunc(chosen, func(a, b int) bool { return compareSpaces(a, b) == 0 })
}

// compareSpaces compares the address spaces of two processes, in an order that means
// nothing but is one. Of a process that has ended nothing is known.
func compareSpaces(a, b int) int {
	const (
		kcmpVM  = 1
		less    = 1
		greater = 2
	)
	r, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(a), uintptr(b), kcmpVM, 0, 0, 0)
	switch {
	case errno == 0 && r == 0:
		return 0
	case errno == 0 && r == less:
		return -1
	case errno == 0 && r == greater:
		return 1
	}
	return a - b
}

// proportionalSize returns the proportional set size of a process and the part of it
// that is in shared memory, or 0 if it has ended.
func proportionalSize(pid int) (pss, shared int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, 0
	}
	sizes := kilobytes(string(text))
	return sizes["Pss"], sizes["Pss_Shmem"]
}

// kilobytes reads lines such as "Pss: 12 kB", in bytes.
func kilobytes(text string) map[string]int64 {
	sizes := map[string]int64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		if n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
			sizes[name] = n << 10
		}
	}
	return sizes
}

// addMemoryFiles adds the memory files that a process has open, by identity.
func addMemoryFiles(pid int, files map[[2]uint64]int64) {
	descriptors, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, descriptor := range descriptors {
		target, err := os.Readlink(descriptor)
		if err != nil || !strings.HasPrefix(target, "/memfd:") {
			continue
		}
		var st syscall.Stat_t
		if syscall.Stat(descriptor, &st) == nil {
			files[[2]uint64{uint64(st.Dev), st.Ino}] = st.Blocks * 512
		}
	}
}

// sandboxes returns how many sentries are below a process.
func sandboxes(pid int) (n int, err error) {
	for _, pid := range descendants(pid) {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if strings.HasPrefix(string(command), "runsc-sandbox\x00") {
			n++
		}
	}
	return n, nil
}

// machineMemory returns the memory of the machine and what is available of it.
func machineMemory() (total, available int64, err error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0, err
	}
	sizes := kilobytes(string(text))
	return sizes["MemTotal"], sizes["MemAvailable"], nil
}
