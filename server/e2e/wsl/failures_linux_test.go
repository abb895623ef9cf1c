package wsl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestFailures: what keeps WSL from working is said to the model with what to do, nothing
// is left of it, and it works when that is done. Texts are UTF-16, as of old versions.
func TestFailures(t *testing.T) {
	l := newLab(t)
	l.mark(t, "old", "")
	agent := l.serve(t)
	for _, test := range []struct{ mark, text, want string }{
		{"fails", "Das Windows-Subsystem für Linux ist nicht installiert: 'wsl.exe --install'", "WSL does not work: it is not installed: run wsl --install --no-distribution as an administrator"},
		{"warns", "https://aka.ms/enablevirtualization", "WSL does not work: virtualization is off"},
		{"fails", "Größe: unbekannt", "WSL does not work: Größe: unbekannt. See what wsl --status says"},
		{"full", "", "the distribution of WSL cannot be made: the disk is full: free 3 GB"},
	} {
		unmark := l.mark(t, test.mark, test.text)
		if text := agent.Run("1").Text(); !strings.Contains(text, test.want) {
			t.Errorf("got %s\nwant %s", text, test.want)
		}
		unmark()
	}
	if left := l.left(t); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	want42(t, agent)
}

// TestDoctor: it says what WSL lacks, or that all is well.
func TestDoctor(t *testing.T) {
	l := newLab(t)
	program := e2etest.Program(t)
	broken := filepath.Join(l.dir, "broken")
	if err := os.WriteFile(broken, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		mark, program, system string
		want                  []string
	}{
		{"", "", l.system, []string{"ok    engine        WSL answers, and is used", "ok    program       " + program + "\n", "ok    pool", "ok    session", "ok    files"}},
		{"hangs", "", l.system, []string{"FAIL  engine        WSL has not answered within 3s: try again, and if it hangs run wsl --shutdown"}},
		{"", "", filepath.Join(l.dir, "none"), []string{"FAIL  engine        the system for the distribution of WSL: ", "name it with --engine-image"}},
		{"", broken, l.system, []string{"FAIL  program       the Linux program for the sessions is missing or broken"}},
	} {
		unmark := func() {}
		if test.mark != "" {
			unmark = l.mark(t, test.mark, "")
		}
		lab := *l
		lab.system, lab.program = test.system, test.program
		out, err := lab.command(t, "doctor", "--out=none").CombinedOutput()
		for _, want := range test.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v: want %q in\n%s", err, want, out)
			}
		}
		unmark()
	}
	without := l.command(t, "doctor", "--out=none")
	without.Env = append(without.Env, "PATH=/usr/bin:/bin")
	if out, _ := without.CombinedOutput(); !strings.Contains(string(out), "FAIL  engine        there is no command wsl.exe") {
		t.Errorf("without WSL: %s", out)
	}
}
