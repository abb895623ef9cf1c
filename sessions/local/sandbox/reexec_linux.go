package sandbox

import (
	"os"
	"path/filepath"
	"strings"

	_ "dynamic-sessions-mcp/sessions/local/sandbox/procfs" // first: gVisor's packages panic without /proc

	"gvisor.dev/gvisor/runsc/cli/maincli"
)

// The names under which this binary re-executes itself: the first argument of
// a process tells which work is its.
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
// Call it first in main: gVisor's processes must not do anything else, and
// start the faster the less runs before it.
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

// isUnmounter recognises the one process that gVisor starts under the name of
// /proc/self/exe: it unmounts /proc for a sentry that has dropped the right to.
func isUnmounter(name string) bool {
	return name == "exe" && len(os.Args) > 1 && os.Args[1] == "umount"
}
