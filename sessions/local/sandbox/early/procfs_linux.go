package early

import (
	"os"
	"syscall"
)

// needed is what gVisor reads while the program starts.
const needed = "/proc/sys/vm/mmap_min_addr"

func init() {
	if syscall.Access(needed, 4) == nil {
		return
	}
	os.Stderr.WriteString("dynamic-sessions-mcp: " + needed + " cannot be read, which this program needs to start. " +
		"Mount all of /proc: mount -t proc proc /proc; in a systemd unit, leave out ProcSubset=pid.\n")
	os.Exit(1)
}
