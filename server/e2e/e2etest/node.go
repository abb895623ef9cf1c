package e2etest

import (
	"path/filepath"
	"runtime"
	"testing"
)

// Node24 installs Node 24, which some clients need and many machines do not
// have, and returns the path of its program. It comes as a package of npm.
func Node24(t *testing.T) string {
	t.Helper()
	dir := NPMFolder(t, "node", Testdata(t, "clients", "node"))
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	return filepath.Join(dir, "node_modules", "node-linux-"+arch, "bin", "node")
}
