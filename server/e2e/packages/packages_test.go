//go:build packages

// Package packages installs the program as people do, from files that package
// deploy/release makes of this source, into fresh environments, and asks it for 42.
//
//	go test -tags packages ./server/e2e/packages
package packages

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

const version = "0.1.0"

// TestPackages makes the packages of this machine once, and installs each.
func TestPackages(t *testing.T) {
	t.Parallel()
	clients := e2etest.NPMFolder(t, "mcpb", e2etest.Testdata(t, "clients", "mcpb"), "config.mjs", "schema.mjs")
	dir := t.TempDir()
	mcpb := "node " + filepath.Join(clients, "node_modules", "@anthropic-ai", "mcpb", "dist", "cli", "cli.js")
	binary := e2etest.Program(t)
	make := func(out string) {
		release(t, "bundle", "-version="+version, "-target="+runtime.GOOS+"/"+runtime.GOARCH, "-binary="+binary, "-out="+out, "-mcpb="+mcpb)
		release(t, "launcher", "-version="+version, "-out="+out)
		release(t, "server-json", "-version="+version, "-out="+out)
	}
	made := filepath.Join(dir, "made")
	make(made)
	t.Run("twice the same", func(t *testing.T) {
		t.Parallel()
		again := filepath.Join(dir, "again")
		make(again)
		compareFolders(t, made, again)
	})
	t.Run("bundle", func(t *testing.T) { t.Parallel(); testBundle(t, made, clients) })
	t.Run("wheel", func(t *testing.T) { t.Parallel(); testWheel(t, made) })
	t.Run("npm", func(t *testing.T) { t.Parallel(); testNPM(t, made) })
	t.Run("registry", func(t *testing.T) { t.Parallel(); testServerJSON(t, made, clients) })
}

// release runs the command that makes packages.
func release(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"run", "./deploy/release"}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1780000000")
	run(t, "../../..", cmd)
}

// run runs a command in a folder and returns what it prints.
func run(t *testing.T, dir string, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Dir = dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, errs.String())
	}
	return string(out)
}

// only returns the one file of a folder that matches a pattern.
func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

func compareFolders(t *testing.T, a, b string) {
	t.Helper()
	entries, err := os.ReadDir(a)
	if err != nil || len(entries) != 5 {
		t.Fatalf("%d files in %s, %v", len(entries), a, err)
	}
	for _, e := range entries {
		first, err := os.ReadFile(filepath.Join(a, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(b, e.Name()))
		if err != nil || string(first) != string(second) {
			t.Errorf("%s is another file when it is made again (%v)", e.Name(), err)
		}
	}
}

// asksFor42 starts a server and has it compute.
func asksFor42(t *testing.T, cmd *exec.Cmd) *e2etest.Stdio {
	t.Helper()
	s := &e2etest.Stdio{Process: e2etest.StartCommand(t, cmd)}
	s.Greet()
	if answer, _ := s.Run(1, "6 * 7"); !strings.Contains(answer, `42`) || strings.Contains(answer, `"isError":true`) {
		t.Errorf("%s says %s", cmd, answer)
	}
	return s
}

// sees checks which folders code has.
func sees(t *testing.T, s *e2etest.Stdio, want string) {
	t.Helper()
	answer, _ := s.Run(2, "import glob; print('folders:', sorted(glob.glob('/mnt/user/*/*')), flush=True)")
	if !strings.Contains(answer, fmt.Sprintf("folders: [%s]", want)) {
		t.Errorf("code sees %s, want %s", answer, want)
	}
}
