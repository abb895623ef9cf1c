package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Where this user may create control groups that limit memory, as root on the
// machine itself or in a delegated group, each sandbox runs in one. It is a
// backstop: the kernel then also limits what it holds for a sandbox itself, however
// fast that grows. Elsewhere sandboxes are only monitored.

// groupsFile is the file in a runtime's folder that names the folder of its
// groups, for those who clean up after a server that was killed.
const groupsFile = "groups"

// groups is a folder of control groups that is a runtime's own.
type groups struct {
	dir string
	v2  bool
}

// openGroups creates a folder for groups and writes its name into the folder
// record. It returns nil where groups are not available, which only trying tells.
func openGroups(record string) *groups {
	own := ownGroups()
	if len(own) == 0 {
		return nil
	}
	g := &groups{dir: filepath.Join(own[0].dir, "dynamic-sessions-"+randomName()), v2: own[0].v2}
	// A folder that is not recorded would outlive a server that is killed.
	name := filepath.Join(record, groupsFile)
	if err := os.WriteFile(name, []byte(g.dir), 0o600); err != nil {
		return nil
	}
	if err := g.try(own[0].dir); err != nil {
		g.close()
		_ = os.Remove(name)
		return nil
	}
	return g
}

// try makes the folder and a group in it.
func (g *groups) try(parent string) error {
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return err
	}
	if g.v2 {
		for _, dir := range []string{parent, g.dir} {
			if err := writeControl(dir, "cgroup.subtree_control", "+memory"); err != nil {
				return err
			}
		}
	}
	trial, err := g.make("trial", 1<<30)
	if err != nil {
		return err
	}
	return trial.remove()
}

// close removes the folder.
func (g *groups) close() {
	if g != nil {
		removeGroups(g.dir)
	}
}

// A group is the control group of one sandbox.
type group struct {
	dir string
	v2  bool
}

// make creates a group for a sandbox that may use limit bytes besides OwnMemory.
// The limit of the group is somewhat higher, so that the caller, who monitors the
// sandbox, acts first.
func (g *groups) make(name string, limit int64) (*group, error) {
	c := &group{dir: filepath.Join(g.dir, name), v2: g.v2}
	if err := os.Mkdir(c.dir, 0o755); err != nil {
		return nil, err
	}
	hard := strconv.FormatInt(limit+limit*groupSlack/100+OwnMemory, 10)
	var err error
	if g.v2 {
		_ = writeControl(c.dir, "memory.oom.group", "1")
		_ = writeControl(c.dir, "memory.swap.max", "0")
		err = writeControl(c.dir, "memory.max", hard)
	} else {
		_ = writeControl(c.dir, "memory.swappiness", "0")
		err = writeControl(c.dir, "memory.limit_in_bytes", hard)
	}
	if err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// groupSlack is by how many percent the limit of a group exceeds that of the
// sandbox.
const groupSlack = 15

// outOfMemory reports whether the kernel has killed a process of the group because
// the group had no memory left.
func (g *group) outOfMemory() bool {
	name := "memory.oom_control"
	if g.v2 {
		name = "memory.events"
	}
	data, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			return strings.TrimSpace(n) != "0"
		}
	}
	return false
}

// remove removes the group. Its last processes may still be on their way out.
func (g *group) remove() (err error) {
	for range removeTries {
		if err = unix.Rmdir(g.dir); !errors.Is(err, unix.EBUSY) {
			return err
		}
		time.Sleep(removePause)
	}
	return err
}

const (
	removeTries = 1500 // on a busy machine processes take long to go
	removePause = 20 * time.Millisecond
)

// join moves processes with all that they have started into the group dir.
func join(dir string, pids ...int) error {
	for _, pid := range pids {
		if err := writeControl(dir, "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return err
		}
		for _, child := range childrenOf(pid) {
			if err := join(dir, child); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return nil
}

func writeControl(dir, name, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// removeGroups removes a folder of groups. A group cannot be removed as long as
// a process is in it, and none of the files in it can.
func removeGroups(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // there is none
	}
	for _, e := range entries {
		if e.IsDir() {
			_ = (&group{dir: filepath.Join(dir, e.Name())}).remove()
		}
	}
	_ = (&group{dir: dir}).remove()
}

// removeRecordedGroups removes the groups of the runtimes in a workspace whose
// server has ended.
func removeRecordedGroups(workspace string) {
	records, _ := filepath.Glob(filepath.Join(workspace, "*", groupsFile))
	for _, record := range records {
		dir, err := os.ReadFile(record)
		if err == nil && isControlGroup(string(dir)) && strings.HasPrefix(filepath.Base(string(dir)), "dynamic-sessions-") {
			removeGroups(string(dir))
		}
	}
}

// isControlGroup reports whether a folder is one of the kernel's control groups.
func isControlGroup(dir string) bool {
	var st unix.Statfs_t
	err := unix.Statfs(dir, &st)
	return err == nil && (st.Type == unix.CGROUP_SUPER_MAGIC || st.Type == unix.CGROUP2_SUPER_MAGIC)
}
