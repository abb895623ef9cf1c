// Package procfs ends the program with a sentence where /proc is not what
// gVisor's packages take for granted. They panic otherwise while the program
// starts, before any code of ours runs.
//
// It is initialised before them, since Go takes packages in the order of their
// paths, as soon as what they import is ready, and this one imports little. Its
// test runs the program without /proc.
package procfs

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
