package sandbox

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A Machine describes the memory that this process and its children can have: the
// machine's, or the lower limit of a control group that the process is in, such as
// a container's.
type Machine struct {
	groups []memoryGroup
}

// ThisMachine returns the machine that the process runs on.
func ThisMachine() *Machine { return &Machine{groups: ownGroups()} }

// Total returns how much memory there is, in bytes, or 0 if that is unknown.
func (m *Machine) Total() int64 {
	total := meminfo("MemTotal")
	for _, g := range m.groups {
		if limit, ok := g.limit(); ok && (total == 0 || limit < total) {
			total = limit
		}
	}
	return total
}

// Free returns how many bytes of it are left. They include what the kernel frees on
// demand.
func (m *Machine) Free() (free int64, ok bool) {
	free = meminfo("MemAvailable")
	ok = free > 0
	for _, g := range m.groups {
		limit, limited := g.limit()
		used, known := g.used()
		if limited && known && (!ok || limit-used < free) {
			free, ok = max(0, limit-used), true
		}
	}
	return free, ok
}

// meminfo returns a line of /proc/meminfo in bytes.
func meminfo(name string) int64 {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return sizeOf(data, name+":")
}

// sizeOf returns the size in kilobytes that a line beginning with name gives, in
// bytes.
func sizeOf(data []byte, name string) int64 {
	for line := range strings.Lines(string(data)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err == nil {
			return n << 10
		}
	}
	return 0
}

// A memoryGroup is a control group that bounds memory, of version 1 or 2.
type memoryGroup struct {
	dir string
	v2  bool
}

// names returns the names of the files with the limit, the use, and in the
// statistics the part of the use that the kernel gives back.
func (g memoryGroup) names() (limit, used, inactive string) {
	if g.v2 {
		return "memory.max", "memory.current", "inactive_file"
	}
	return "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
}

// limit returns what the group may use, if it is limited.
func (g memoryGroup) limit() (int64, bool) {
	name, _, _ := g.names()
	n, ok := readNumber(filepath.Join(g.dir, name))
	return n, ok && n < math.MaxInt64/2 // version 1 writes a large number for none
}

// used returns what the group cannot give back.
func (g memoryGroup) used() (int64, bool) {
	_, name, inactive := g.names()
	n, ok := readNumber(filepath.Join(g.dir, name))
	if !ok {
		return 0, false
	}
	stat, err := os.ReadFile(filepath.Join(g.dir, "memory.stat"))
	if err != nil {
		return n, true
	}
	for line := range strings.Lines(string(stat)) {
		if value, ok := strings.CutPrefix(line, inactive+" "); ok {
			cached, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return max(0, n-cached), true
		}
	}
	return n, true
}

func readNumber(path string) (int64, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64)
	return n, err == nil
}

// ownGroups returns the control group of this process that bounds memory, and
// those above it, as far as they can be seen from here.
func ownGroups() []memoryGroup {
	path, v2, ok := ownGroupPath()
	if !ok {
		return nil
	}
	mount, root, ok := groupMount(v2)
	if !ok {
		return nil
	}
	// In a container the group's path may begin above what is mounted.
	if below, ok := strings.CutPrefix(path, root); ok && root != "/" {
		path = below
	}
	var groups []memoryGroup
	for dir := filepath.Join(mount, path); strings.HasPrefix(dir, mount); dir = filepath.Dir(dir) {
		groups = append(groups, memoryGroup{dir: dir, v2: v2})
		if dir == mount {
			break
		}
	}
	return groups
}

// ownGroupPath returns the group of this process in the hierarchy that bounds
// memory: that of version 1 where there is one.
func ownGroupPath() (path string, v2, ok bool) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", false, false
	}
	for line := range strings.Lines(string(data)) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, where, _ := strings.Cut(rest, ":")
		if hasWord(controllers, "memory") {
			return where, false, true
		}
		if id == "0" && controllers == "" {
			path, v2, ok = where, true, true
		}
	}
	return path, v2, ok
}

// groupMount returns where that hierarchy is mounted, and which of its groups is
// at that place.
func groupMount(v2 bool) (mount, root string, ok bool) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", "", false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		before, after, _ := strings.Cut(lines.Text(), " - ")
		where, what := strings.Fields(before), strings.Fields(after)
		if len(where) < 5 || len(what) < 3 {
			continue
		}
		if v2 && what[0] == "cgroup2" || !v2 && what[0] == "cgroup" && hasWord(what[2], "memory") {
			return where[4], where[3], true
		}
	}
	return "", "", false
}

// hasWord reports whether a list with commas has a word.
func hasWord(list, word string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if item == word {
			return true
		}
	}
	return false
}
