//go:build packages

package packages

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestShells has each shell complete, and man read the page.
func TestShells(t *testing.T) {
	t.Parallel()
	program, dir := e2etest.Program(t), t.TempDir()
	print := func(args ...string) string { return run(t, ".", exec.Command(program, args...)) }
	script := filepath.Join(dir, "_dynamic-sessions-mcp")
	if err := os.WriteFile(script, []byte(print("completion", "zsh")), 0o600); err != nil {
		t.Fatal(err)
	}
	// zsh completes at a terminal only: Tab is pressed in one that is not shown.
	const zsh = `zmodload zsh/zpty
zpty shell zsh -f
read_until() { local all part; while zpty -r shell part "*$1*"; do all+=$part; [[ $all == *$1* ]] && break; done; print -r -- "$all" }
zpty -w shell "PS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -d $2; source $1; zstyle ':completion:*' list-prompt ''; echo rea''dy"
read_until ready >/dev/null
zpty -w -n shell $'dynamic-sessions-mcp pool --require-v\t'
read_until --require-version
zpty -w -n shell $'\x15dynamic-sessions-mcp --transport=ht\t'
read_until --transport=http`
	out := run(t, dir, exec.Command("timeout", "20", "zsh", "-fc", zsh, "zsh", script, filepath.Join(dir, "dump")))
	for _, want := range []string{"--require-version", "--transport=http"} {
		if !strings.Contains(out, want) {
			t.Errorf("zsh shows %q and not %q", out, want)
		}
	}
	fish := print("completion", "fish")
	for line, want := range map[string]string{
		"dynamic-sessions-mcp --transport=ht": "--transport=http", "dynamic-sessions-mcp pool --require-v": "--require-version",
		"dynamic-sessions-mcp completion ": "bash\nfish\nzsh", "dynamic-sessions-mcp doctor --require-v": "",
		"dynamic-sessions-mcp vers": "version",
	} {
		got := run(t, dir, exec.Command("fish", "--no-config", "-c", fish+"\ncomplete -C '"+line+"' | string split -f 1 \\t | sort"))
		if strings.TrimSpace(got) != want {
			t.Errorf("fish completes %q by %q, want %q", line, got, want)
		}
	}
	lint := exec.Command("mandoc", "-T", "lint", "-W", "warning")
	lint.Stdin = strings.NewReader(print("man"))
	if out, err := lint.CombinedOutput(); err != nil && !bytes.Contains(out, []byte("missing date")) {
		t.Errorf("the manual page: %v\n%s", err, out)
	}
}

// TestProgramWithCGO: a program that cannot be its own sandbox, and has no sources to
// build one from, says at once what to run.
func TestProgramWithCGO(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "dynamic-sessions-mcp")
	build := exec.Command("go", "build", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	run(t, "../../..", build)
	for _, command := range []string{"doctor", "setup", "demo"} {
		cmd := exec.Command(program, command, "--cache-dir", filepath.Join(t.TempDir(), "cache"))
		cmd.Env = append(os.Environ(), "PIP_NO_INDEX=1") // nothing is downloaded before
		out, err := cmd.CombinedOutput()
		if want := "run CGO_ENABLED=0 go build -o dynamic-sessions-mcp ."; err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, and not %q: %s", command, err, want, out)
		}
	}
}
