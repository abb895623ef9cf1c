package server

import (
	"os"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// probe reports whether this user may make a sandbox here.
func probe() (string, error) {
	if err := sandbox.Probe(); err != nil {
		return "", err
	}
	if os.Geteuid() == 0 {
		return "gVisor, in a mount namespace", nil
	}
	return "gVisor, in a user namespace", nil
}
