package sandbox

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// serverEnv makes the test binary a server with one sandbox, for tests that
// kill it. Its value is the folder for the workspace.
const serverEnv = "SANDBOX_TEST_SERVER"

func TestMain(m *testing.M) {
	Reexec()
	if parent := os.Getenv(serverEnv); parent != "" {
		os.Exit(serveForTest(parent, os.Getenv(serverEnv+"_ENGINE")))
	}
	runTrial()
	os.Exit(m.Run())
}

func serveForTest(parent, engine string) int {
	fail := func(err error) int { fmt.Fprintln(os.Stderr, err); return 1 }
	w, err := NewWorkspace(parent)
	if err != nil {
		return fail(err)
	}
	r, err := openRuntime(engine, filepath.Join(w.Dir(), "runtime"), UserFolders{})
	if err != nil {
		return fail(err)
	}
	data := filepath.Join(w.Dir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fail(err)
	}
	s, err := r.Start(Spec{
		Args: []string{"/bin/sh", "-c", "echo up; mkdir -p a/b; chmod 0 a/b a; sleep 1000 & sleep 1000"},
		Env:  []string{"PATH=/usr/bin:/bin"},
		Data: data,
	})
	if err != nil {
		return fail(err)
	}
	// What nobody uses any more is collected, and a collected file is closed:
	// the janitor would take that for the end of the server.
	defer func() { runtime.KeepAlive(w); runtime.KeepAlive(s) }()
	if _, err := io.CopyN(os.Stdout, s.Stdout(), 3); err != nil {
		return fail(err)
	}
	select {} // until it is killed
}

// levelEnv is the server's variable that says at which level the tests run.
const levelEnv = "DYNAMIC_SESSIONS_ISOLATION"

// levelSetting passes it to a process of a test.
func levelSetting() string { return levelEnv + "=" + os.Getenv(levelEnv) }

// testedLevel returns the level at which the tests run: the strongest, or what the variable
// asks for.
func testedLevel() (Level, error) {
	asked := strings.TrimPrefix(strings.TrimPrefix(os.Getenv(levelEnv), "gvisor"), "-")
	return FindLevel(Demand(asked))
}

// openRuntime opens a runtime at that level, with folders of the user.
func openRuntime(engine, dir string, user UserFolders) (*Runtime, error) {
	level, err := testedLevel()
	if err != nil {
		return nil, err
	}
	return NewRuntime(engine, dir, baseSystem(), level, user)
}

// baseSystem is the folder of the base system that the sandboxes of the tests are made of,
// which a variable names; "" for the host's own system.
func baseSystem() string { return os.Getenv("SANDBOX_TEST_BASE_SYSTEM") }
