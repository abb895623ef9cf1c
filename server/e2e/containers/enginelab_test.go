//go:build containers

package containers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/sessions/engine"
)

// A startedEngine is an engine of the lab as the program finds it: a command of its name
// in PATH.
type startedEngine struct {
	*containerLab
	kind engine.Kind
	who  int                            // root (0) or the user (1)
	run  func(args ...string) *exec.Cmd // the engine's command
	path string                         // a folder with a command of the engine's name
}

const (
	engineRepository = "dynamic-sessions-mcp-engine"
	engineVolume     = "dynamic-sessions-mcp"
)

// newEngine makes a command that reaches the engine of the lab with these words, and the
// volume of the program, with an installation in it: nothing is downloaded.
func (lab *containerLab) newEngine(t *testing.T, kind engine.Kind, who int, run func(args ...string) *exec.Cmd, words ...string) *startedEngine {
	t.Helper()
	e := &startedEngine{containerLab: lab, kind: kind, who: who, run: run,
		path: filepath.Join(lab.dir, fmt.Sprintf("%s-command-%d", kind, who))}
	if err := os.Mkdir(e.path, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath(words[0])
	if err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nexec '" + program + "' '" + strings.Join(words[1:], "' '") + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(e.path, string(kind)), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	// A volume that is a folder of the host saves the copy; a user may not mount it.
	if who == 0 {
		must(t, run("volume", "create", "--opt=type=none", "--opt=o=bind", "--opt=device="+lab.cache(owner(who)), engineVolume))
		return e
	}
	must(t, run("volume", "create", engineVolume))
	place, err := run("volume", "inspect", "--format", "{{.Mountpoint}}", engineVolume).Output()
	if err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("cp", "-a", "--reflink=auto", lab.cache(owner(who))+"/.", strings.TrimSpace(string(place))))
	return e
}

// command starts the program with the engine.
func (e *startedEngine) command(program string, args ...string) *exec.Cmd {
	words := append([]string{program}, args...)
	words = append(words, "--engine="+string(e.kind), "--engine-image="+imageName)
	if e.who != 0 {
		words = append(e.asUser(), words...)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(e.environ(e.who), "PATH="+e.path+":"+os.Getenv("PATH"))
	cmd.Dir = "/"
	return cmd
}

// serve starts a server.
func (e *startedEngine) serve(t *testing.T, program string, flags ...string) *e2etest.Stdio {
	t.Helper()
	return &e2etest.Stdio{Process: e2etest.StartCommand(t, e.command(program, append([]string{"serve", "--out=none"}, flags...)...))}
}

// list returns what a command of the engine prints, by words. Podman's fail if something
// goes that they just list.
func (e *startedEngine) list(t *testing.T, args ...string) (words []string) {
	t.Helper()
	e.await(t, fmt.Sprintf("%s %v fails", e.kind, args), func() bool {
		out, err := e.run(args...).Output()
		words = strings.Fields(string(out))
		return err == nil
	})
	return words
}

// containers returns the names of all containers of the program.
func (e *startedEngine) containers(t *testing.T) []string {
	t.Helper()
	return e.list(t, "container", "ls", "--all", "--filter", "name="+engineRepository, "--format", "{{.Names}}")
}

// container returns the name of the only one.
func (e *startedEngine) container(t *testing.T) string {
	t.Helper()
	all := e.containers(t)
	if len(all) != 1 {
		t.Fatalf("the containers are %v, want one", all)
	}
	return all[0]
}

// images returns the names of all images that have the repository of the program in them.
func (e *startedEngine) images(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range e.list(t, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}") {
		if strings.Contains(name, engineRepository) {
			found = append(found, strings.TrimPrefix(name, "localhost/"))
		}
	}
	return found
}

// awaitNone waits until no container of the program is left.
func (e *startedEngine) awaitNone(t *testing.T) {
	t.Helper()
	e.await(t, "a container is left", func() bool { return len(e.containers(t)) == 0 })
}

func (e *startedEngine) await(t *testing.T, otherwise string, done func() bool) {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for late := time.After(30 * time.Second); !done(); {
		select {
		case <-again.C:
		case <-late:
			t.Fatal(otherwise)
		}
	}
}
