// Package answers has a table of inputs and of the exact answers to them: each file
// of testdata/answers is code, or a call of another tool, and the content blocks that
// a model gets. It is asked over the embedded pool, and over a pool behind Azure's
// REST API. With -update the answers are written, to be reviewed as what models read.
package answers

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// leastInputs is how many inputs the table has at least.
const leastInputs = 90

// TestAnswers asks the table over the embedded pool.
func TestAnswers(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	ask(t, column{"answer", func(t *testing.T, flags []string) *e2etest.Agent {
		return serve(t, program, append(flags, "--memory=1GiB")...)
	}})
}

// TestAnswersOverAzure asks the table of a pool behind Azure's REST API. What that
// cannot carry has answers of its own, and the names of reasons.
func TestAnswersOverAzure(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	pool := e2etest.StartPool(t, program, "--no-auth", "--warm=0", "--memory=1GiB")
	ask(t, column{overAzure, func(t *testing.T, flags []string) *e2etest.Agent {
		if len(flags) > 0 {
			return nil // flags of the pool
		}
		return serve(t, program, "--pool-endpoint="+pool.Endpoint, "--azure-credential=none")
	}})
}

// ask asks all inputs of the table.
func ask(t *testing.T, c column) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	inputs := readInputs(t)
	if len(inputs) < leastInputs {
		t.Errorf("the table has %d inputs, which must be %d", len(inputs), leastInputs)
	}
	var shared *e2etest.Agent
	for _, in := range inputs {
		if in.fresh {
			continue
		}
		if shared == nil {
			shared = c.start(t, nil)
		}
		t.Run(in.name, func(t *testing.T) { in.play(t, c, shared) })
	}
	for _, in := range inputs {
		if in.fresh {
			t.Run(in.name, func(t *testing.T) {
				t.Parallel()
				if agent := c.start(t, in.flags); agent != nil {
					in.play(t, c, agent)
				}
			})
		}
	}
}

// serve starts a server over stdio for a person who has opened a folder.
func serve(t *testing.T, program string, flags ...string) *e2etest.Agent {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home-of-ada")
	if err := os.MkdirAll(filepath.Join(home, "Work"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"prices.csv": "item,price\nbolt,12\nnut,30\n", "Umsätze 2025.csv": "a\n1\n"} {
		if err := os.WriteFile(filepath.Join(home, "Work", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return serveAt(t, program, home, flags...)
}

// serveAt is serve for a home folder that has the folder Work.
func serveAt(t *testing.T, program, home string, flags ...string) *e2etest.Agent {
	t.Helper()
	cmd := exec.Command(program, append([]string{"serve", "--allow-dir=" + filepath.Join(home, "Work")}, flags...)...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
		"DYNAMIC_SESSIONS_CACHE_DIR=" + e2etest.ProgramCache(t), "DYNAMIC_SESSIONS_LOG_LEVEL=error", "DYNAMIC_SESSIONS_WARM=0"}
	return e2etest.StartAgent(t, cmd, "claude-code")
}
