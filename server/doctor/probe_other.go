//go:build !linux

package doctor

import "dynamic-sessions-mcp/sessions/local/sandbox"

// probe is never called: the check of the system fails before.
func probe(sandbox.Demand) (string, error) { return "", errUnwell }
