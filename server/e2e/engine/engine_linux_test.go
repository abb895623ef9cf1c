// Package engine starts the built program as serve --engine, with a command of this test
// in the place of the engine's, which starts the program without a container. What real
// engines do is tested in package containers.
package engine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

func serve(t *testing.T, dir string, flags ...string) *e2etest.Agent {
	t.Helper()
	return e2etest.StartAgent(t, command(t, dir, flags...), "test")
}

func command(t *testing.T, dir string, flags ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(e2etest.Program(t), append([]string{"serve", "--engine=docker", "--warm=0", "--out=none"}, flags...)...)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	return cmd
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
	dir := e2etest.EngineFolder(t)
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
		awaitEnd(t, dir)
	}
}

// awaitEnd waits until nothing of the last container is left.
func awaitEnd(t *testing.T, dir string) {
	t.Helper()
	pid, err := os.ReadFile(filepath.Join(dir, "container"))
	if err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.After(20 * time.Second); ; {
		if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err != nil {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatal("the container is still there")
		}
	}
}

// A server that is killed leaves no container, and one whose container is killed says so
// and starts another.
func TestKilled(t *testing.T) {
	dir := e2etest.EngineFolder(t)
	server := &e2etest.Stdio{Process: e2etest.StartCommand(t, command(t, dir))}
	agent := server.Agent(t, "test")
	agent.Run("x = 1")
	pid, err := os.ReadFile(filepath.Join(dir, "container"))
	if err != nil {
		t.Fatal(err)
	}
	container, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(container, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, dir)
	text := agent.Run("print(x)").Text()
	if !strings.Contains(text, "NameError") {
		text += agent.Run("print(x)").Text()
	}
	if !strings.Contains(text, "NameError") || !strings.Contains(strings.ToLower(text), "session") {
		t.Errorf("after the end of the container: %s", text)
	}
	server.Kill()
	awaitEnd(t, dir)
}

// Code sees the user's folders where the engine shows them. Where it refuses to, the
// model and the log are told, and files are copied.
func TestFolders(t *testing.T) {
	for _, denied := range []bool{false, true} {
		t.Run(map[bool]string{false: "shown", true: "denied"}[denied], func(t *testing.T) {
			dir, data := e2etest.EngineFolder(t), filepath.Join(t.TempDir(), "data")
			if err := errors.Join(os.Mkdir(data, 0o700), os.WriteFile(filepath.Join(data, "a.txt"), []byte("6 * 7"), 0o600)); err != nil {
				t.Fatal(err)
			}
			if denied {
				if err := os.WriteFile(filepath.Join(dir, "denied"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			server := e2etest.StartCommand(t, command(t, dir, "--allow-dir="+data))
			agent := (&e2etest.Stdio{Process: server}).Agent(t, "test")
			text := agent.Run("import os\nprint(os.listdir('/mnt/user'), eval(open('/mnt/user/data/a.txt').read()))").Text()
			if !denied {
				if !strings.Contains(text, "['data'] 42") {
					t.Errorf("code sees %s", text)
				}
				return
			}
			const why = "exit status 125): Mounts denied: the path is not shared"
			if !strings.Contains(text, why) || !strings.Contains(text, "upload_file(local_path=...) copies") || !strings.Contains(text, "FileNotFoundError") {
				t.Errorf("the model is told %s", text)
			}
			server.Await(regexp.MustCompile(`"level":"warn".*` + regexp.QuoteMeta(why)))
			if text := agent.Call("upload_file", map[string]any{"local_path": filepath.Join(data, "a.txt")}).Text(); !strings.Contains(text, "/mnt/data/a.txt") {
				t.Errorf("a copy: %s", text)
			}
			if text := agent.Run("print(eval(open('/mnt/data/a.txt').read()))").Text(); !strings.Contains(text, "42") || strings.Contains(text, why) {
				t.Errorf("afterwards: %s", text)
			}
			if n := strings.Count(calls(t, dir), "\nrun --rm"); n != 2 {
				t.Errorf("%d containers were started, want one with the folder and one without", n)
			}
		})
	}
}

// When a container works, the image of an earlier version goes.
func TestOldImage(t *testing.T) {
	dir := e2etest.EngineFolder(t)
	const old, latest = "dynamic-sessions-mcp-engine:00112233445566ff", "dynamic-sessions-mcp-engine:0011223344556677"
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte(latest+"\n"+old+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := e2etest.StartCommand(t, command(t, dir))
	(&e2etest.Stdio{Process: server}).Agent(t, "test").Run("x = 1")
	server.Await(regexp.MustCompile(`"image":"` + old + `"`))
	text := calls(t, dir)
	if n := strings.Count(text, "image rm "); n != 1 || !strings.Contains(text, "image rm "+old) {
		t.Errorf("removed %d images:\n%s", n, text)
	}
}

// doctor says what an engine lacks, or that all is well.
func TestDoctor(t *testing.T) {
	dir := e2etest.EngineFolder(t)
	for _, test := range []struct {
		mark, path string
		want       []string
	}{
		{"", dir + ":/usr/bin:/bin", []string{"ok    engine        Docker answers, and is used", "ok    pool", "ok    session", "ok    files"}},
		{"hangs", dir + ":/usr/bin:/bin", []string{"FAIL  engine        Docker has not answered within 3s: start it"}},
		{"", t.TempDir(), []string{"FAIL  engine        there is no command docker: install Docker, or name another engine with --engine"}},
	} {
		if test.mark != "" {
			if err := os.WriteFile(filepath.Join(dir, test.mark), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(e2etest.Program(t), "doctor", "--engine=docker", "--out=none")
		cmd.Env = append(os.Environ(), "PATH="+test.path)
		out, err := cmd.CombinedOutput()
		for _, want := range test.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v: want %q in\n%s", err, want, out)
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
			dir := e2etest.EngineFolder(t)
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
