package manual

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/config"
)

const name = "dynamic-sessions-mcp"

func reference(t *testing.T) []config.CommandReference {
	t.Helper()
	commands, err := config.Reference()
	if err != nil {
		t.Fatal(err)
	}
	if len(commands) < 6 || len(commands[0].Flags) < 40 {
		t.Fatalf("%d commands, and %s has %d flags", len(commands), commands[0].Name, len(commands[0].Flags))
	}
	return commands
}

// TestPageNamesEverything: each command, flag, value and variable is on the page, and
// no line is taken for a request.
func TestPageNamesEverything(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	commands := reference(t)
	about := About{Name: name, Summary: "Runs code.", Version: "v1.2.3", Date: "2026-07-01"}
	if err := WritePage(&page, about, commands); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	wanted := []string{`.TH "DYNAMIC\-SESSIONS\-MCP" 1 "2026\-07\-01" "dynamic\-sessions\-mcp v1.2.3"`, `\- Runs code` + "\n"}
	for _, c := range commands {
		wanted = append(wanted, "\n"+bold(c.Name)+arguments(c)+"\n"+escape(c.Help)+"\n")
		for _, flag := range c.Flags {
			wanted = append(wanted, bold("--"+flag.Name), escape(flag.Placeholder), escape(flag.Help), escape(flag.Variable))
		}
	}
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for line := range strings.Lines(text) {
		request, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(line, ".") && !slices.Contains([]string{".TH", ".SH", ".TP", ".br", ".B", ".RI", ".I"}, strings.TrimSpace(request)) {
			t.Errorf("%q is a request", line)
		}
	}
}

// TestFlagsOfOneNameStandApart: the demonstration's --out is another than serve's.
func TestFlagsOfOneNameStandApart(t *testing.T) {
	t.Parallel()
	var found [][]string
	for _, flag := range allFlags(reference(t)) {
		if flag.Name == "out" {
			found = append(found, flag.commands)
		}
	}
	if len(found) != 3 || !slices.Equal(found[0], []string{"serve"}) {
		t.Errorf("--out is of %q", found)
	}
}

func TestBashCompletes(t *testing.T) {
	t.Parallel()
	var script bytes.Buffer
	if err := WriteCompletion(&script, config.ShellBash, name, reference(t)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, tt := range []struct{ line, want string }{
		{"de", "demo"},
		{"--transport = ", "stdio http sse"},
		{"--transport = s", "stdio sse"},
		{"pool --no", "--no-auth"},
		{"pool --allow-d", "--allow-dir"},
		{"demo --allow-d", ""},
		{"--allow-d", "--allow-dir"},
		{"serve --mount ", "on off"},
		{"completion ", "bash zsh fish"},
		{"doctor --memory ", ""},
		{"serve " + dir[:len(dir)-1], dir},
		{"--allow-dir " + dir[:len(dir)-1], dir},
		{"doctor " + dir[:len(dir)-1], ""},
	} {
		words := strings.Split(name+" "+tt.line, " ")
		run := `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ` + function(name) + `; echo "${COMPREPLY[*]}"`
		cmd := exec.Command("bash", append([]string{"-uc", script.String() + run, "bash"}, words...)...)
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("%q is completed by %q (%v), want %q", tt.line, filepath.ToSlash(got), err, tt.want)
		}
	}
}

// TestScriptsKnowEverything: each flag of each command is in each script.
func TestScriptsKnowEverything(t *testing.T) {
	t.Parallel()
	for shell, form := range map[config.Shell]string{config.ShellBash: "--", config.ShellZsh: "--", config.ShellFish: "-l "} {
		var script bytes.Buffer
		commands := reference(t)
		if err := WriteCompletion(&script, shell, name, commands); err != nil {
			t.Fatal(err)
		}
		for _, c := range commands {
			for _, flag := range c.Flags {
				if n := strings.Count(script.String(), form+flag.Name); n == 0 {
					t.Errorf("%s: nothing of %s's --%s", shell, c.Name, flag.Name)
				}
			}
		}
	}
	if err := WriteCompletion(&bytes.Buffer{}, "tcsh", name, nil); err == nil {
		t.Error("there is a completion for tcsh")
	}
}
