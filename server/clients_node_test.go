//go:build clients

package server_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// node24 installs Node 24, which some clients need and many machines do not
// have, and returns the path of its program. It comes as a package of npm.
func node24(t *testing.T) string {
	t.Helper()
	var paths []string
	for _, file := range []string{"package.json", "package-lock.json"} {
		paths = append(paths, filepath.Join(clientsDir, "node", file))
	}
	dir := installed(t, "node", paths, func(dir string) {
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run(t, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	})
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	return filepath.Join(dir, "node_modules", "node-linux-"+arch, "bin", "node")
}
