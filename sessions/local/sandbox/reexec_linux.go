package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/sessions/local/sandbox/early"
	"dynamic-sessions-mcp/sessions/local/sandbox/gofer"

	"gvisor.dev/gvisor/runsc/cli/maincli"
)

// The names under which this binary re-executes itself. The first argument of a
// process says what its work is.
const (
	janitorName = early.JanitorName
	probeName   = "sandbox-probe"
	hostName    = "sandbox-host"
	runscName   = "runsc" // what gVisor calls its processes begins with it
	sentryName  = "runsc-sandbox"
	goferName   = "runsc-gofer"

	goferCommand = "files" // what our gofer has for its first argument, which gVisor's does not
)

// Reexec does the work of a process that this package started, and then ends
// the process. In any other process it returns at once. Package early has done the
// work of those that do not get this far.
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
	case name == goferName && len(os.Args) == 2 && os.Args[1] == goferCommand:
		if err := gofer.Serve(); err != nil {
			fmt.Fprintln(os.Stderr, "panic:", err)
			os.Exit(1)
		}
		os.Exit(0)
	case strings.HasPrefix(name, runscName):
		raiseScore(sandboxScore)
		closeStrays(os.Args)
		if name == sentryName {
			tuneSentry()
			paceSentry()
		}
		maincli.Main()
		os.Exit(0)
	}
}
