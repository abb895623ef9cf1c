package doctor

import "dynamic-sessions-mcp/sessions/local/sandbox"

// probe reports whether this user can create sandboxes here that meet a demand, and at
// which level.
func probe(want sandbox.Demand) (string, error) {
	found, err := sandbox.FindLevel(want)
	if err != nil {
		return "", err
	}
	return found.String(), nil
}
