package longruns

import (
	"strconv"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

func toText(n int) string { return strconv.Itoa(n) }

// finish returns the answer with the end of a run.
func finish(a *e2etest.Agent, r e2etest.Reply) e2etest.Reply {
	for goesOn.MatchString(r.Text()) {
		r = a.Call("wait_for_run", map[string]any{})
	}
	return r
}

// TestAfterTheEnd: what a run leaves behind goes on, and comes with later answers by the
// number of its run.
func TestAfterTheEnd(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, a *e2etest.Agent) {
		finish(a, a.Run("import asyncio, threading, time, subprocess"))
		finish(a, a.Run(`async def count():
    for i in range(3): await asyncio.sleep(0.1); print('task', i)
threading.Timer(0.3, print, ['thread']).start()
child = subprocess.Popen('sleep 0.3; echo child', shell=True)
task = asyncio.create_task(count())`))
		late := ""
		for !strings.Contains(late, "task 2") || !strings.Contains(late, "thread") || !strings.Contains(late, "child") {
			r := finish(a, a.Run("time.sleep(0.2)"))
			late += r.Text()
			if r.Failed || strings.Contains(r.Text(), "stdout:") {
				t.Fatalf("not told as output of run 2: %s", r.Text())
			}
		}
		if !strings.HasPrefix(late, "Done.") && !strings.HasPrefix(late, "output of run 2, after its end:\n") || strings.Count(late, "task 1") != 1 {
			t.Errorf("told: %s", late)
		}
		expect(t, finish(a, a.Run("task.done()")), "True")
	})
}

// TestNamedSession: a run that goes on when its server ends is stopped, and the next
// server says so.
func TestNamedSession(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	flags := []string{"--out=none", "--answer-within=2s", "--session-name=long-runs-" + t.TempDir()}
	first := e2etest.StartStdio(t, program, flags...)
	a := first.Agent(t, "test")
	finish(a, a.Run("import time; kept = 7"))
	expect(t, a.Run("time.sleep(600)"), "Run 2 goes on")
	first.End()
	next := e2etest.StartStdio(t, program, flags...)
	a = next.Agent(t, "test")
	expect(t, finish(a, a.Run("kept")), "Run 2 of the earlier conversation was stopped after", "result:\n7")
	expect(t, finish(a, a.Run("kept + 1")), "result:\n8")
}
