// Package longruns has the built program run code that takes longer than an answer may,
// over standard input and output, over HTTP, in a pool behind Azure's REST API, and in that of
// a child process.
package longruns

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// servers start the program so that it answers within a second.
func servers(t *testing.T) map[string]func(*testing.T) *e2etest.Agent {
	t.Helper()
	program := e2etest.Program(t)
	all := map[string]func(*testing.T) *e2etest.Agent{
		"stdio": func(t *testing.T) *e2etest.Agent {
			return e2etest.StartStdio(t, program, "--answer-within=1s", "--out=none").Agent(t, "test")
		},
		"http": func(t *testing.T) *e2etest.Agent {
			return e2etest.StartWeb(t, program, "--answer-within=1s").Agent(t, "test")
		},
		"azure": func(t *testing.T) *e2etest.Agent {
			pool := e2etest.StartPool(t, program, "--no-auth", "--max-run=10m")
			return e2etest.StartStdio(t, program, "--answer-within=1s", "--out=none", "--pool-endpoint="+pool.Endpoint, "--azure-credential=none").Agent(t, "test")
		},
	}
	if runtime.GOOS == "linux" { // the command that stands for the engine starts the program itself
		all["child"] = func(t *testing.T) *e2etest.Agent {
			cmd := exec.Command(program, "serve", "--engine=docker", "--answer-within=1s", "--out=none")
			cmd.Env = append(os.Environ(), "PATH="+e2etest.EngineFolder(t)+":"+os.Getenv("PATH"))
			return e2etest.StartAgent(t, cmd, "test")
		}
	}
	return all
}

// onServers runs a test beside itself on each of the servers.
func onServers(t *testing.T, test func(t *testing.T, a *e2etest.Agent)) {
	for name, start := range servers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

const simulation = `
import time, matplotlib.pyplot as plt
for i in range(1, 9):
    print('step', i)
    time.sleep(0.4)
    if i == 4:
        plt.plot([1, 2]); plt.show()
'the result'`

var goesOn = regexp.MustCompile(`^Notice from the server:\n- Run \d+ (goes on|has not begun) \(`)

// TestParts: whatever the parts are, together they are the outcome of the code.
func TestParts(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, a *e2etest.Agent) {
		finish(a, a.Run("ready = True"))
		var texts []string
		pictures, parts := 0, 0
		for r := a.Run(simulation); ; r = a.Call("wait_for_run", map[string]any{"seconds": 1}) {
			if r.Failed {
				t.Fatalf("an error: %s", r.Text())
			}
			texts = append(texts, r.Text())
			pictures += len(r.Pictures(t))
			if parts++; !goesOn.MatchString(r.Text()) {
				break
			}
		}
		if before := strings.Join(texts[:parts-1], "\n"); !strings.Contains(before, "step 4") {
			t.Errorf("the output before the end: %s", before)
		}
		all := strings.Join(texts, "\n")
		at := 0
		for i := 1; i <= 8; i++ {
			step := fmt.Sprintf("step %d", i)
			n := strings.Index(all[at:], step)
			if n < 0 || strings.Count(all, step) != 1 {
				t.Fatalf("%s is not there once, in its place: %s", step, all)
			}
			at += n
		}
		if pictures != 1 || !strings.HasSuffix(all, "result:\n'the result'") || parts < 3 {
			t.Errorf("%d pictures in %d parts: %s", pictures, parts, all)
		}
		if r := a.Call("wait_for_run", map[string]any{}); !r.Failed || !strings.Contains(r.Text(), "Nothing runs") {
			t.Errorf("after the end: %s", r.Text())
		}
	})
}

// TestMeanwhile: while a run goes on, files move, other code is refused at once, and the
// run can be stopped, whether it heeds that or not.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, a *e2etest.Agent) {
		finish(a, a.Run("import time; kept = 7"))
		a.Run("open('/mnt/data/made.txt', 'w').write('made'); print('begun'); time.sleep(60)")
		for !strings.Contains(a.Call("list_files", map[string]any{}).Text(), "made.txt") { // the answer of a pool elsewhere may come before the code begins
		}
		for !strings.Contains(a.Run("1").Text(), "Not run: run 2 goes on since") || !strings.Contains(a.Run("1").Text(), "; the last that it wrote: begun") {
		}
		for tool, tt := range map[string]struct {
			arguments map[string]any
			want      string
		}{
			"list_files":    {map[string]any{}, "made.txt"},
			"upload_file":   {map[string]any{"filename": "new.txt", "content": "new"}, "new.txt"},
			"download_file": {map[string]any{"filename": "made.txt"}, "made"},
			"run_python":    {map[string]any{"code": "1"}, "Not run: run 2 goes on since"},
		} {
			began := time.Now()
			r := a.Call(tool, tt.arguments)
			if took := time.Since(began); !strings.Contains(r.Text(), tt.want) || r.Failed != (tool == "run_python") || took > 20*time.Second {
				t.Errorf("%s after %v: %s", tool, took, r.Text())
			}
		}
		expect(t, a.Call("wait_for_run", map[string]any{"stop": true}), "Stopped after", "Variables were kept.")
		expect(t, a.Run("kept"), "7")
		a.Run("while True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass")
		r := a.Call("wait_for_run", map[string]any{"stop": true})
		expect(t, r, "Stopped after")
		if !strings.Contains(r.Text(), "Variables and imports are gone") && !strings.Contains(r.Text(), "Rolled back to before") {
			t.Errorf("what became of variables is not said: %s", r.Text())
		}
		for r := a.Run("open('/mnt/data/new.txt').read()"); ; r = a.Call("wait_for_run", map[string]any{}) {
			if !goesOn.MatchString(r.Text()) {
				expect(t, r, "'new'")
				break
			}
		}
	})
}

func expect(t *testing.T, r e2etest.Reply, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if r.Failed || !strings.Contains(r.Text(), part) {
			t.Errorf("it does not say %q: %s", part, r.Text())
		}
	}
}

// TestCancel: a client that gives up on a call stops the code, and the next answer says
// so.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := e2etest.StartStdio(t, e2etest.Program(t), "--out=none")
	s.Greet()
	s.Run(2, "import time; beat = 0")
	call := e2etest.RunPython(3, "print('working')\nwhile True: beat = time.time(); time.sleep(0.05)")
	said, _ := s.Call(strings.Replace(call, `"params":{`, `"params":{"_meta":{"progressToken":1},`, 1))
	for !strings.Contains(said, "working") { // progress, once a second
		said = s.Next()
	}
	s.Send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}`)
	answer, took := s.Run(4, "time.sleep(0.5); time.time() - beat > 0.45")
	if !strings.Contains(answer, "Run 2 was stopped after") || !strings.Contains(answer, "The last that it wrote: working") || !strings.Contains(answer, `result:\nTrue`) {
		t.Errorf("after %v: %s", took, answer)
	}
}

// TestEndOfInput: a run that goes on does not outlive the server.
func TestEndOfInput(t *testing.T) {
	t.Parallel()
	s := e2etest.StartStdio(t, e2etest.Program(t), "--out=none", "--answer-within=1s")
	a := s.Agent(t, "test")
	a.Run("import time; time.sleep(600)")
	if took := s.End(); took > 30*time.Second {
		t.Errorf("the server ended after %v", took)
	}
}
