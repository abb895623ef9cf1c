//go:build containers

package containers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/sessions/childpool"
	"dynamic-sessions-mcp/sessions/engine"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// testEngines has the program start containers of Docker, and of Podman as root and as an
// ordinary user, for its sandboxes.
func (lab *containerLab) testEngines(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(*testing.T) *startedEngine
	}{
		{"Docker", func(t *testing.T) *startedEngine {
			docker, err := exec.LookPath("docker")
			if err != nil {
				t.Fatal(err)
			}
			run := func(args ...string) *exec.Cmd { return lab.docker(args...) }
			return lab.newEngine(t, engine.Docker, 0, run, "env", "DOCKER_HOST=unix://"+lab.dir+"/docker/socket", docker)
		}},
		{"Podman", func(t *testing.T) *startedEngine { return lab.newPodman(t, 0) }},
		{"Podman of an ordinary user", func(t *testing.T) *startedEngine { return lab.newPodman(t, 1) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := test.make(t)
			t.Run("Demo", e.testDemo)
			t.Run("KilledServer", e.testKilledServer)
			t.Run("KilledContainer", e.testKilledContainer)
			t.Run("Folders", e.testFolders)
			t.Run("OldImages", e.testOldImages)
			if e.who == 0 { // the test itself is root's
				t.Run("Contract", e.testContract)
			}
		})
	}
}

func (lab *containerLab) newPodman(t *testing.T, who int) *startedEngine {
	t.Helper()
	run := func(args ...string) *exec.Cmd { return lab.podman(who, args...) }
	return lab.newEngine(t, engine.Podman, who, run, lab.podmanWords(who)...)
}

// maxDemo is how long the demonstration may take: without an engine it is 10 s.
const maxDemo = 40 * time.Second

// testDemo plays the demonstration. The first one makes the image and a snapshot.
func (e *startedEngine) testDemo(t *testing.T) {
	program, out := e.dir+"/bin/sessions", e.dir+"/demo"
	if e.who != 0 {
		out = e.home + "/demo"
	}
	var took time.Duration
	for range 2 {
		began := time.Now()
		said := output(t, e.command(program, "demo", "--out="+out), "")
		took = time.Since(began)
		if !strings.Contains(said, " checks passed, 0 failed") {
			t.Fatalf("the demonstration:\n%s", said)
		}
		t.Logf("the demonstration took %v", took.Round(100*time.Millisecond))
	}
	if took > maxDemo {
		t.Errorf("it took %v, want at most %v", took, maxDemo)
	}
	e.awaitNone(t)
}

// testContract keeps the contract of pools over containers of the engine.
func (e *startedEngine) testContract(t *testing.T) {
	t.Setenv("PATH", e.path+":"+os.Getenv("PATH"))
	t.Setenv("CONTAINERS_CONF", e.dir+"/containers.conf")
	program := e2etest.Program(t)
	container := engine.New([]engine.Kind{e.kind}, engine.Options{Program: program, Image: imageName})
	pool := childpool.New(childpool.Options{Name: e.kind.Name(), Version: e2etest.Version(t, program),
		Start: func(ctx context.Context, doing func(string)) (*exec.Cmd, error) { return container.Start(ctx, doing) },
		Ended: container.Remove,
	})
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
		e.awaitNone(t)
	})
	t.Run("Pool", func(t *testing.T) { sessionstest.TestPool(t, pool) })
}

// testKilledServer kills servers, one of them during a run: no container is left.
func (e *startedEngine) testKilledServer(t *testing.T) {
	for _, during := range []bool{false, true} {
		server := e.serve(t, e.dir+"/bin/sessions")
		agent := server.Agent(t, "test")
		agent.Run("x = 1")
		e.container(t)
		if during {
			server.Send(e2etest.RunPython(100, "while True: pass"))
		}
		server.Kill()
		e.awaitNone(t)
	}
}

// testKilledContainer kills the container: the next call says that the session is lost,
// and has another container.
func (e *startedEngine) testKilledContainer(t *testing.T) {
	agent := e.serve(t, e.dir+"/bin/sessions").Agent(t, "test")
	agent.Run("x = 1")
	first := e.list(t, "container", "ls", "--no-trunc", "--quiet", "--filter", "name="+e.container(t))
	must(t, e.run("kill", first[0]))
	text := agent.Run("print(x)").Text()
	if !strings.Contains(text, "NameError") {
		text += agent.Run("print(x)").Text()
	}
	if !strings.Contains(text, "NameError") || !strings.Contains(strings.ToLower(text), "session") {
		t.Errorf("after the end of the container: %s", text)
	}
	if second := e.list(t, "container", "ls", "--all", "--no-trunc", "--quiet", "--filter", "name="+engineRepository); len(second) != 1 || second[0] == first[0] {
		t.Errorf("the containers are %v, want one other than %v", second, first)
	}
	if text := agent.Run("print(6 * 7)").Text(); !strings.Contains(text, "42") {
		t.Errorf("in the next container: %s", text)
	}
}

// testOldImages updates the program: the images of earlier versions but the latest go when
// that works, but not while a server uses them, and nothing else goes.
func (e *startedEngine) testOldImages(t *testing.T) {
	current := e.images(t)
	if len(current) != 1 {
		t.Fatalf("the images are %v, want one", current)
	}
	others := []string{engineRepository + ":mine", "my-" + engineRepository + ":0123456789abcdef"}
	for _, name := range others {
		must(t, e.run("tag", imageName, name))
		t.Cleanup(func() { must(t, e.run("image", "rm", name)) })
	}
	server := e.serve(t, e.dir+"/bin/sessions")
	server.Agent(t, "test").Run("x = 1")
	second := e.serve(t, e.update(t, "second"))
	second.Agent(t, "test").Run("x = 1")
	await := func(want int) (found []string) {
		e.await(t, "the images of earlier versions are left, or others are not", func() bool {
			found = slices.DeleteFunc(e.images(t), func(name string) bool { return slices.Contains(others, name) })
			return len(found) == want
		})
		return found
	}
	both := await(2)
	if !slices.Contains(both, current[0]) {
		t.Errorf("the images are %v, without %s, which a server uses", both, current[0])
	}
	second.End()
	third := e.serve(t, e.update(t, "third"))
	third.Agent(t, "test").Run("x = 1")
	three := await(3) // one in use, the latest before it, and the new one
	server.End()
	third.End()
	e.serve(t, e.update(t, "fourth")).Agent(t, "test").Run("x = 1")
	left := await(2)
	for _, name := range left {
		if slices.Contains(both, name) {
			t.Errorf("the images are %v, with %s, which is not the latest before the fourth", left, name)
		}
	}
	if !slices.ContainsFunc(left, func(name string) bool { return slices.Contains(three, name) }) {
		t.Errorf("the images are %v, without the third", left)
	}
	for _, name := range others {
		if !slices.Contains(e.images(t), name) {
			t.Errorf("%s has gone", name)
		}
	}
}

// update returns a program that does the same and is another.
func (e *startedEngine) update(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(e.dir + "/bin/sessions")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(e.path, name)
	if err := os.WriteFile(path, append(data, name...), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(path) })
	return path
}
