package early

import (
	"os"
	"syscall"
)

// Needed is what gVisor reads while the program starts.
const Needed = "/proc/sys/vm/mmap_min_addr"

func init() {
	if syscall.Access(Needed, 4) == nil {
		return
	}
	os.Stderr.WriteString("dynamic-sessions-mcp: " + Needed + " cannot be read, which this program needs to start. " +
		"Mount all of /proc: mount -t proc proc /proc; in a systemd unit, leave out ProcSubset=pid.\n")
	os.Exit(1)
}
