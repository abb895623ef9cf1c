//go:build packages

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// testWheel installs the wheel into a new environment, and has uvx start it from the
// file.
func testWheel(t *testing.T, made string) {
	python := e2etest.PythonClient(t, "uv")
	uv := func(args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(python), args[0]), args[1:]...)
		cmd.Env = append(os.Environ(), "UV_OFFLINE=1", "UV_NO_CONFIG=1", "UV_PYTHON="+python, "UV_PYTHON_DOWNLOADS=never", "UV_CACHE_DIR="+filepath.Join(made, "..", "uv"))
		return cmd
	}
	wheel := only(t, filepath.Join(made, "*.whl"))
	env := filepath.Join(t.TempDir(), "env")
	run(t, ".", uv("uv", "venv", env))
	run(t, ".", uv("uv", "pip", "install", "--python", env, wheel))
	asksFor42(t, exec.Command(filepath.Join(env, "bin", "dynamic-sessions-mcp"), "serve")).End()
	asksFor42(t, uv("uvx", "--from", wheel, "dynamic-sessions-mcp", "serve")).End()
	shown := run(t, ".", uv("uv", "pip", "show", "--python", env, "--files", "dynamic-sessions-mcp"))
	if !strings.Contains(shown, "Version: "+version) {
		t.Errorf("installed is %s", shown)
	}
}

// testNPM installs the packages into a new folder, and has npx start the program.
func testNPM(t *testing.T, made string) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	launcher := filepath.Join(made, "dynamic-sessions-mcp-"+version+".tgz")
	npm := func(args ...string) *exec.Cmd {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "npm_config_cache="+filepath.Join(dir, "cache"), "npm_config_offline=true", "npm_config_update_notifier=false")
		cmd.Dir = dir
		return cmd
	}
	// Nothing is asked of a registry, where the package for this machine is not yet.
	run(t, dir, npm("npm", "install", "--omit=optional", "--no-audit", "--no-fund", launcher))
	out, err := npm("npx", "--no", "dynamic-sessions-mcp", "version").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is not installed. Install @") {
		t.Errorf("without the program: %v, %s", err, out)
	}
	run(t, dir, npm("npm", "install", "--omit=optional", "--no-audit", "--no-fund", only(t, filepath.Join(made, "dynamic-sessions-mcp-*-*-"+version+".tgz"))))
	asksFor42(t, npm("npx", "--no", "dynamic-sessions-mcp", "serve")).End()
	asksFor42(t, npm("node", "node_modules/.bin/dynamic-sessions-mcp", "serve")) // and hands on the signal by which it ends
	cmd := npm("npx", "--no", "dynamic-sessions-mcp", "serve", "--nope")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("a wrong flag: %v", err)
	}
}
