package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// exitStatus returns how a process has ended that nobody has waited for yet, as
// wait returns it.
func exitStatus(pid int) unix.WaitStatus {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	status, _ := strconv.ParseUint(fields[len(fields)-1], 10, 32) // exit_code is the last
	return unix.WaitStatus(status)
}

// kernelKills returns how many processes the kernel has killed for lack of memory
// since the machine started.
func kernelKills() int64 {
	data, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			kills, _ := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
			return kills
		}
	}
	return 0
}

// recordEnd records whether the sandbox, which ended with status and was not
// killed by us, ran out of memory. The caller holds s.mu.
func (s *Sandbox) recordEnd(status unix.WaitStatus) {
	switch {
	case s.killed:
	case s.group != nil && s.group.outOfMemory():
		s.shortage = OwnShortage
	case status.Signaled() && status.Signal() == unix.SIGKILL && kernelKills() > s.kills:
		s.shortage = MachineShortage
	case status.Exited() && status.ExitStatus() == fatalExit && s.last.Load() > s.limit/2:
		s.shortage = OwnShortage
	}
}

// fatalExit is how a sentry ends that is refused memory by tuneSentry's limit.
const fatalExit = 2

// Shortage says which memory a sandbox ran out of, once it is done. It is
// NoShortage for one that was killed by [Sandbox.Kill].
func (s *Sandbox) Shortage() Shortage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shortage
}
