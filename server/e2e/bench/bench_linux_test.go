// Package bench runs the command bench of the built program, quickly.
package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A run is the command bench with a folder of its own, in which it makes another for
// its files.
type run struct {
	*exec.Cmd
	folder      string
	out, errors bytes.Buffer
}

// newRun prepares a run. The cache folder is the user's, by a link, since the program
// makes its files beside that.
func newRun(t *testing.T, flags ...string) *run {
	t.Helper()
	folder := t.TempDir()
	link := filepath.Join(folder, "cache")
	if err := os.Symlink(e2etest.ProgramCache(t), link); err != nil {
		t.Fatal(err)
	}
	r := &run{Cmd: exec.CommandContext(t.Context(), e2etest.Program(t), append([]string{"bench", "--cache-dir=" + link}, flags...)...), folder: folder}
	r.Stdout, r.Stderr = &r.out, &r.errors
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("it said\n%s\n%s", r.out.String(), r.errors.String())
		}
	})
	return r
}

// nothingLeft asserts that a run has left neither files nor processes.
func (r *run) nothingLeft(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(r.folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != "cache" {
		t.Errorf("left in its folder: %v, %v", entries, err)
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		t.Fatal("no processes", err)
	}
	for _, line := range lines {
		command, _ := os.ReadFile(line)
		folder, _ := os.Readlink(filepath.Join(filepath.Dir(line), "cwd"))
		if strings.Contains(string(command), r.folder) || strings.HasPrefix(folder, r.folder) {
			t.Errorf("left: %q in %s", command, folder)
		}
	}
}

// TestBench measures two things, quiet and beside load, and looks at the values.
func TestBench(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.json")
	r := newRun(t, "--only=warm,true", "--pairs=2", "--load=1", "--values="+file)
	if err := r.Run(); err != nil {
		t.Fatal(err)
	}
	r.nothingLeft(t)
	text := r.out.String()
	machine, _, _ := strings.Cut(text, "\n")
	if !strings.Contains(machine, "Linux") || !strings.Contains(machine, "core") || !strings.Contains(machine, "dynamic-sessions-mcp") {
		t.Errorf("the first line does not name the machine: %q", machine)
	}
	for _, row := range []string{"| | outside | inside | ratio | outside, load 1 |", "| warm call, ", "| `subprocess.run([\"true\"])` | "} {
		if strings.Count(text, "\n"+row) != 1 {
			t.Errorf("it has no row %q", row)
		}
	}
	values, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type side [][]float64
	var found struct {
		Results []struct {
			Name          string
			Quiet, Loaded struct{ Outside, Inside side }
		}
	}
	if err := json.Unmarshal(values, &found); err != nil || len(found.Results) != 2 {
		t.Fatalf("%v: %s", err, values)
	}
	for i, want := range []struct {
		name                  string
		outside, quiet, calls int
	}{{"warm", 0, 2, 200}, {"true", 2, 2, 1}} {
		got := found.Results[i]
		if got.Name != want.name || len(got.Quiet.Outside) != want.outside || len(got.Quiet.Inside) != want.quiet || len(got.Quiet.Inside[0]) != want.calls || len(got.Loaded.Inside) == 0 {
			t.Errorf("got %+v, want %+v", got, want)
		}
		for _, s := range []side{got.Quiet.Outside, got.Quiet.Inside, got.Loaded.Outside, got.Loaded.Inside} {
			for _, pair := range s {
				for _, v := range pair {
					if v <= 0 || v > 60 {
						t.Errorf("%s: %v seconds", got.Name, v)
					}
				}
			}
		}
	}
}

func TestUnknownMeasurement(t *testing.T) {
	r := newRun(t, "--only=wram")
	if err := r.Run(); err == nil || r.out.Len() > 0 {
		t.Errorf("got %v and %q", err, r.out.String())
	}
	if said := r.errors.String(); !strings.Contains(said, `"wram"`) || !strings.Contains(said, "warm, new-session") {
		t.Errorf("it said %q", said)
	}
	r.nothingLeft(t)
}

func TestList(t *testing.T) {
	r := newRun(t, "--list")
	if err := r.Run(); err != nil || !strings.Contains(r.out.String(), "\nten-servers ") || !strings.Contains(r.out.String(), "\ncurve-files ") {
		t.Errorf("got %v and %q", err, r.out.String())
	}
	r.nothingLeft(t)
}

// TestInterrupt ends a run when its first row is there, which it prints then.
func TestInterrupt(t *testing.T) {
	r := newRun(t, "--only=true,processes", "--pairs=20", "--load=0")
	r.Stderr = nil
	log, err := r.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(log); lines.Scan(); {
		r.errors.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "true, quiet: inside") {
			if err := r.Process.Signal(syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
	}
	if err := r.Wait(); err == nil {
		t.Error("it was interrupted and says that all is well")
	}
	text := r.out.String()
	if !strings.Contains(text, "\n| `subprocess.run(") || !strings.Contains(text, "The run was interrupted") {
		t.Errorf("it does not print what it has measured:\n%s", text)
	}
	r.nothingLeft(t)
}
