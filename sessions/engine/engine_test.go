package engine

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The arguments of each engine are in testdata, one command a line.
func TestArguments(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Docker, Podman, Nerdctl, Container} {
		e := &Engine{kind: kind, name: "NAME", opts: Options{Image: "BASE", Memory: 4 << 30, Args: []string{"--memory=2GiB", "--warm=1"}, Variables: []string{"API_KEY", "OTHER"}}}
		there, gone := Folder{Host: "/tmp", Name: "with space, comma"}, Folder{Host: "/nowhere", Name: "gone"}
		e.shown = []shownFolder{{there, there.look()}, {gone, nil}}
		var got strings.Builder
		for _, args := range [][]string{kind.version(), e.present("TAG"), e.make("TAG", "DIR"), e.run("TAG"), e.remove(),
			e.images(), e.containers(), e.removeImage("TAG")} {
			got.WriteString(string(kind) + " " + filepath.ToSlash(strings.Join(args, " ")) + "\n")
		}
		golden := filepath.Join("testdata", string(kind)+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got.String() != string(want) {
			t.Errorf("%s: %v, got\n%swant\n%s", kind, err, got.String(), want)
		}
	}
}

// What is usual on a system is tried in its order, and the error has a remedy for each.
func TestFirst(t *testing.T) {
	if got := Usual("linux"); got != nil {
		t.Errorf("on Linux %v, want its own sandboxes", got)
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if _, err := first(t.Context(), Usual("darwin"), ""); err == nil || strings.Count(err.Error(), "there is no command") != 4 {
		t.Errorf("without any: %v", err)
	}
	put(t, dir, "docker", "echo 'permission denied' >&2; exit 1")
	if _, err := first(t.Context(), Usual("windows"), ""); err == nil ||
		err.Error() != "the sandboxes need Linux, and no engine runs it here: there is no command wsl.exe: it comes with Windows 10 2004 and newer; "+
			"run wsl --install --no-distribution as an administrator, and restart Windows; Docker does not work for this user: permission denied. "+
			"Start it, or get the right to use it; there is no command podman: install Podman, or name another engine with --engine" {
		t.Errorf("without the right: %v", err)
	}
	put(t, dir, "podman", "/bin/sleep 3.5; exit 0") // it waits for another command
	if err := Podman.Probe(t.Context()); err != nil {
		t.Errorf("Podman beside another command: %v", err)
	}
	put(t, dir, "podman", "exit 0")
	put(t, dir, "nerdctl", "exit 0")
	if got, err := first(t.Context(), Usual("darwin"), ""); got != Podman || err != nil {
		t.Errorf("%s, %v, want podman", got, err)
	}
	put(t, dir, "wsl.exe", "exit 0")
	if got, err := first(t.Context(), Usual("windows"), filepath.Join(dir, "podman")); got != WSL || err != nil {
		t.Errorf("%s, %v, want wsl", got, err)
	}
	if got, err := first(t.Context(), Usual("windows"), filepath.Join(dir, "none")); got != Podman || err != nil {
		t.Errorf("without a system for WSL: %s, %v, want podman", got, err)
	}
	if _, err := first(t.Context(), []Kind{WSL}, filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "the system for the distribution of WSL") {
		t.Errorf("without a system: %v", err)
	}
	put(t, dir, "wsl.exe", "exec /bin/sleep 60")
	if err := WSL.Probe(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "WSL has not answered within 3s: try again, and if it hangs run wsl --shutdown") {
		t.Errorf("WSL that hangs: %v", err)
	}
	put(t, dir, "docker", "exec /bin/sleep 60")
	if got, err := first(t.Context(), []Kind{Docker, Nerdctl}, ""); got != Nerdctl || err != nil {
		t.Errorf("beside one that hangs: %s, %v, want nerdctl", got, err)
	}
}

// put writes a command of an engine.
func put(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}
