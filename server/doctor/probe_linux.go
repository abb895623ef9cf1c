package doctor

import "dynamic-sessions-mcp/sessions/local/sandbox"

// probe reports whether this user can create sandboxes here, and in which kind of
// namespaces.
func probe() (string, error) {
	found, err := sandbox.FindNamespaces()
	if err != nil {
		return "", err
	}
	return "gVisor, in " + string(found), nil
}
