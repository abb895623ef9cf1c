package interpreter

import (
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// standInForPip returns the binds that put the kernel's package pip, which says
// what can be done without a network, where the system's interpreters have
// theirs. Programs find the kernel's by PYTHONPATH, except those that are started
// without the variable, as by env -i or with -I.
func standInForPip(kernel string) []sandbox.Bind {
	var binds []sandbox.Bind
	for _, pattern := range []string{
		"/usr/lib/python3*/dist-packages/pip", // Debian
		"/usr/lib/python3*/site-packages/pip",
		"/usr/lib64/python3*/site-packages/pip",
	} {
		found, _ := filepath.Glob(pattern) // the patterns are good
		for _, dir := range found {
			if target, err := filepath.EvalSymlinks(dir); err == nil && target == dir {
				binds = append(binds, sandbox.Bind{Host: filepath.Join(kernel, "offline", "pip"), Guest: dir})
			}
		}
	}
	return binds
}
