// Package hibernation_test puts sessions of the embedded pool to sleep and wakes
// them: on full and slow disks, with damaged states and snapshots, under names that
// outlive the server, and while what wakes them is killed.
package hibernation_test

import (
	"fmt"
	"os"
	"testing"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Reexec()
	os.Exit(run(m))
}

// run runs the tests with a folder for the cache that they share.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "common-cache-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	common.dir = dir
	return m.Run()
}
