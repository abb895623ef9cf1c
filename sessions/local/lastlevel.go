package local

import (
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// LastIsolation returns the kind of isolation that a pool has found for [GVisor] in the
// circumstances that hold now, as it is recorded in the folder cacheDir (see
// [cachedir.Locate]). Nothing is tried: ok is false if the next pool has to.
func LastIsolation(cacheDir string) (found Isolation, ok bool) {
	dir, err := cachedir.Locate(cacheDir)
	if err != nil {
		return "", false
	}
	switch level := sandbox.LastLevel(interpreter.LevelRecord(dir, sandbox.Strongest), sandbox.Strongest); {
	case level.Namespaced():
		return GVisorNamespaces, true
	case level == sandbox.Landlock:
		return GVisorLandlock, true
	}
	return "", false
}
