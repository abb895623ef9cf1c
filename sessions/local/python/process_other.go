//go:build !linux

package python

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: on other systems only foreign interpreters are asked
// for their version here, and they start no processes.
func ownGroup(*exec.Cmd) {}

func killGroup(leader *os.Process) error { return leader.Kill() }
