package server

import "dynamic-sessions-mcp/sessions/local/sandbox"

// probe reports whether this user may make a sandbox here, and in what.
func probe() (string, error) {
	found, err := sandbox.FindNamespaces()
	if err != nil {
		return "", err
	}
	return "gVisor, in " + string(found), nil
}
