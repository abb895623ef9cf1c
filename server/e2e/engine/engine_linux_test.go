// Package engine starts the built program as serve --engine, with a command of this test
// in the place of the engine's, which starts the program without a container. What real
// engines do is tested in package containers.
package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// fake is the command docker: an image is a file beside it, and a container is a process
// that leaves a file while it runs.
const fake = `#!/bin/sh
here="$(dirname "$0")"
echo "$*" >>"$here/calls"
case "$1 $2" in
"version --format") [ ! -e "$here/down" ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; } ;;
"image inspect") [ -e "$here/image" ] ;;
"build --tag") [ ! -e "$here/full" ] || { echo 'no space left on device' >&2; exit 1; }; cp "$6/program" "$here/image" ;;
"rm --force") ;;
"run --rm")
	while [ "$1" != pool ]; do shift; done
	for word; do
		shift
		case "$word" in --cache-dir=*) ;; *) set -- "$@" "$word" ;; esac
	done
	echo $$ >"$here/container"
	exec "$here/image" "$@"
	;;
*) echo "unknown: $*" >&2; exit 64 ;;
esac
`

// engineFolder returns a folder, with spaces and umlauts in its path, that has the command.
func engineFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ein Ordner für Häfen")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func serve(t *testing.T, dir string) *e2etest.Agent {
	t.Helper()
	cmd := exec.Command(e2etest.Program(t), "serve", "--engine=docker", "--warm=0", "--out=none")
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	return e2etest.StartAgent(t, cmd, "test")
}

func calls(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A conversation makes the image, keeps variables, and ends the container with itself. A
// second one finds the image.
func TestServe(t *testing.T) {
	dir := engineFolder(t)
	for round, builds := range []int{1, 1} {
		t.Run([]string{"first", "second"}[round], func(t *testing.T) {
			agent := serve(t, dir)
			if text := agent.Run("x = 6 * 7").Text(); strings.Contains(text, "rror") {
				t.Fatal(text)
			}
			if text := agent.Run("print(x)").Text(); !strings.Contains(text, "42") {
				t.Error(text)
			}
		})
		if n := strings.Count(calls(t, dir), "build --tag"); n != builds {
			t.Errorf("%d images were made", n)
		}
		pid, err := os.ReadFile(filepath.Join(dir, "container"))
		if err != nil {
			t.Fatal(err)
		}
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		for late := time.After(20 * time.Second); ; {
			if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err != nil {
				break
			}
			select {
			case <-again.C:
			case <-late:
				t.Fatal("the container is still there")
			}
		}
	}
}

// What keeps the engine from working is said to the model, and nothing is left of it.
func TestEngineThatFails(t *testing.T) {
	for mark, want := range map[string]string{
		"down": "Docker does not work for this user: Cannot connect to the Docker daemon",
		"full": "Docker could not make the image of the sessions from docker.io/library/debian:trixie-slim: no space left on device",
	} {
		t.Run(mark, func(t *testing.T) {
			dir := engineFolder(t)
			if err := os.WriteFile(filepath.Join(dir, mark), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			agent := serve(t, dir)
			if text := agent.Run("1").Text(); !strings.Contains(text, want) {
				t.Errorf("got %s", text)
			}
			if err := os.Remove(filepath.Join(dir, mark)); err != nil {
				t.Fatal(err)
			}
			if text := agent.Run("print(6 * 7)").Text(); !strings.Contains(text, "42") {
				t.Errorf("when it works again: %s", text)
			}
		})
	}
}
