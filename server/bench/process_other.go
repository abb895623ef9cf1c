//go:build !linux

package bench

import (
	"os"
	"os/exec"
)

// inOwnSession does nothing: only Linux divides the processor among sessions.
func inOwnSession(*exec.Cmd) {}

// endWithParent does nothing: what is left sees the end of its input.
func endWithParent(*exec.Cmd) {}

func killGroup(p *os.Process) { _ = p.Kill() }
