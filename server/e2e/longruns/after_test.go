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

// TestPicturesAfterTheEnd: so do the pictures that a task and a thread show.
func TestPicturesAfterTheEnd(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, a *e2etest.Agent) {
		finish(a, a.Run("import asyncio, threading, time, matplotlib.pyplot as plt\nfrom IPython.display import display\nfrom PIL import Image"))
		finish(a, a.Run(`async def plot():
    await asyncio.sleep(0.1)
    plt.figure(figsize=(2, 1)); plt.plot([1, 2]); plt.show()
    threading.Timer(0.1, lambda: display(Image.new('RGB', (30, 30)))).start()
task = asyncio.create_task(plot());`))
		pictures, late := 0, ""
		for pictures < 2 {
			r := finish(a, a.Run("time.sleep(0.2)"))
			pictures, late = pictures+len(r.Pictures(t)), late+r.Text()
			if r.Failed || len(r.Pictures(t)) > 0 && !strings.HasPrefix(r.Text(), "output of run 2, after its end:\n[picture 1 of ") {
				t.Fatalf("not told as output of run 2: %s", r.Text())
			}
		}
		if pictures != 2 {
			t.Errorf("%d pictures: %s", pictures, late)
		}
		r := a.Call("download_file", map[string]any{"filename": "conversation.ipynb"})
		if r.Failed {
			t.Errorf("the notebook: %s", r.Text())
		}
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
