package sandbox

import (
	"os"
	"path/filepath"
	"strings"

	_ "dynamic-sessions-mcp/sessions/local/sandbox/procfs" // first: gVisor's packages panic without /proc

	"gvisor.dev/gvisor/runsc/cli/maincli"
)

// The names under which this binary re-executes itself. The first argument of a
// process says what its work is.
const (
	janitorName = "sandbox-janitor"
	probeName   = "sandbox-probe"
	hostName    = "sandbox-host"
	runscName   = "runsc" // what gVisor calls its processes begins with it
	sentryName  = "runsc-sandbox"
	goferName   = "runsc-gofer"
)

// Reexec does the work of a process that this package started, and then ends
// the process. In any other process it returns at once.
//
// Call it first in main: gVisor's processes must not do anything else, and the less
// runs before it, the faster they start.
func Reexec() {
	switch name := filepath.Base(os.Args[0]); {
	case name == janitorName:
		os.Exit(janitor(os.Args[1:]))
	case name == probeName:
		os.Exit(probe(os.Args[1:]))
	case name == hostName:
		raiseScore(hostScore)
		os.Exit(runHost(os.Args[1:]))
	case strings.HasPrefix(name, runscName), isUnmounter(name):
		raiseScore(sandboxScore)
		if name == sentryName {
			tuneSentry()
			paceSentry()
		}
		maincli.Main()
		os.Exit(0)
	}
}

// isUnmounter recognizes the one process that gVisor starts under the name
// /proc/self/exe. It unmounts /proc for a sentry that may no longer do so.
func isUnmounter(name string) bool {
	return name == "exe" && len(os.Args) > 1 && os.Args[1] == "umount"
}
