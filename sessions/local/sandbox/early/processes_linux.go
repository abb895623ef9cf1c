package early

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func init() {
	switch {
	case os.Args[0] == JanitorName:
		signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
		_, _ = io.Copy(io.Discard, os.Stdin)
	case isUnmounter(os.Args):
		os.Exit(unmount())
	}
}

// The sentry and the gofer give up the right to unmount before they can do without
// /proc, so gVisor starts a process that keeps it: this program, which Go calls
// /proc/self/exe, with the arguments of gVisor's command umount.
const (
	unmounterName = "/proc/self/exe"
	syncFile      = 3
)

func isUnmounter(args []string) bool {
	return strings.Join(args, " ") == unmounterName+" umount --sync-fd=3 /proc"
}

// unmount waits for a byte, as gVisor's command does, and unmounts /proc.
func unmount() int {
	wait := os.NewFile(syncFile, "sync file")
	if n, err := wait.Read(make([]byte, 1)); n != 1 || err != nil {
		return 1 // whoever wanted it is gone
	}
	if err := syscall.Unmount("/proc", syscall.MNT_DETACH); err != nil {
		return 1
	}
	return 0
}
