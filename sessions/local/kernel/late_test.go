package kernel

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// runNumber runs code that people know by a number, which must succeed.
func (p *process) runNumber(t *testing.T, number int, code string) *Outcome {
	t.Helper()
	o, err := p.RunWithin(nil, sessions.Request{Code: code, Number: number})
	if err != nil || o.Error != nil {
		t.Fatalf("%s: %v, %+v", code, err, o.Error)
	}
	return o
}

// lateOf runs code that does nothing until an earlier run has written so much in all
// that it ends in something.
func (p *process) lateOf(t *testing.T, number int, end string) (text string) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); {
		o := p.runNumber(t, 1000, "time.sleep(0.02)")
		if o.Stdout+o.Stderr != "" {
			t.Fatalf("a run that writes nothing: %q, %q", o.Stdout, o.Stderr)
		}
		for _, late := range o.Late {
			if late.Number != number {
				t.Errorf("run %d: %q", late.Number, late.Text)
			}
			text += late.Text
		}
		if strings.HasSuffix(text, end) {
			return text
		}
	}
	t.Fatalf("run %d has written %q", number, text)
	return text
}

// TestLate: what threads, tasks and children write after the end of their run comes with
// later ones, by its number.
func TestLate(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.runNumber(t, 1, "import asyncio, logging, os, subprocess, sys, threading, time\nfrom IPython.display import display")
	for i, c := range []struct{ code, want string }{
		{"def work():\n    time.sleep(.05); print('thread'); print('error', file=sys.stderr)\nthreading.Thread(target=work).start()", "thread\nerror\n"},
		{"child = subprocess.Popen('sleep 0.05; echo child; echo more >&2', shell=True)", "child\nmore\n"},
		{"os.system('(sleep 0.05; echo background) &');", "background\n"},
		{"async def task():\n    for i in range(3):\n        await asyncio.sleep(.02); print('step', i)\nt = asyncio.create_task(task())", "step 0\nstep 1\nstep 2\n"},
		{"asyncio.get_running_loop().call_later(.05, print, 'called');", "called\n"},
		{"async def shown():\n    await asyncio.sleep(.02); display('an object')\nt = asyncio.create_task(shown())", "'an object'\n"},
		{"async def fails():\n    await asyncio.sleep(.02); 1 / 0\nasyncio.create_task(fails());", "ZeroDivisionError: division by zero\n"},
		{"loop = asyncio.get_running_loop(); loop.call_later(.02, sys.exit, 3); loop.call_later(.05, print, 'goes on');", "goes on\n"},
		{"logging.basicConfig(force=True); threading.Timer(.05, logging.warning, ['logged']).start()", "WARNING:root:logged\n"},
	} {
		number := 10 + i
		if o := p.runNumber(t, number, c.code); o.Stdout+o.Stderr != "" || len(o.Late) != 0 {
			t.Errorf("%s: %q, %q, %+v", c.code, o.Stdout, o.Stderr, o.Late)
		}
		if got := p.lateOf(t, number, c.want); !strings.HasSuffix(got, c.want) || c.want[0] != 'Z' && got != c.want {
			t.Errorf("%s: %q, want %q", c.code, got, c.want)
		}
	}
	if o := p.runNumber(t, 99, "await asyncio.sleep(0); print('own')"); o.Stdout != "own\n" || len(o.Late) != 0 {
		t.Errorf("in the end: %+v", o)
	}
}

// TestLateBytes: of what is written to a descriptor it is not known who wrote it.
func TestLateBytes(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.runNumber(t, 1, "import asyncio, os\nasync def write():\n    await asyncio.sleep(.02); os.write(1, b'bytes\\n')\nt = asyncio.create_task(write())")
	for until := time.Now().Add(20 * time.Second); ; {
		r, err := p.IdleReport()
		if err == nil && r.Answered && !r.Tasks {
			break
		}
		if err != nil || time.Now().After(until) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	o := p.runNumber(t, 2, "")
	if len(o.Late) != 1 || !reflect.DeepEqual(o.Late[0], sessions.LateOutput{Text: "bytes\n", Total: 6}) || o.Stdout != "" {
		t.Errorf("%+v, %q", o.Late, o.Stdout)
	}
}

// TestLateIsBounded: of a flood the end is kept, and how much there was.
func TestLateIsBounded(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.runNumber(t, 1, "import threading, time\ndef flood():\n    time.sleep(.1)\n    for i in range(100_000): print(f'{i:09}')\n    done.set()\ndone = threading.Event(); threading.Thread(target=flood).start()")
	p.run(t, "done.wait();") // has no number, so that it is told nothing
	o := p.runNumber(t, 2, "")
	if len(o.Late) != 1 || o.Late[0].Number != 1 || o.Late[0].Total != 1_000_000 || len(o.Late[0].Text) != maxLate || !strings.HasSuffix(o.Late[0].Text, "000099999\n") {
		t.Errorf("%d, %.200v", len(o.Late), o.Late)
	}
}

// lateWhen returns what the runs before have left behind when a condition in Python holds.
func (p *process) lateWhen(t *testing.T, number int, condition string) []sessions.LateOutput {
	t.Helper()
	for until := time.Now().Add(60 * time.Second); p.value(t, condition) != "true"; {
		if time.Now().After(until) {
			t.Fatalf("%s is not so", condition)
		}
	}
	o := p.runNumber(t, number, "")
	if len(o.Displays) != 0 || o.Stdout+o.Stderr != "" {
		t.Errorf("taken for output of the run: %+v", o)
	}
	return o.Late
}

// TestLatePictures: what tasks and threads show after the end of their run comes with the
// next answer, by the number of the run, the last few of it.
func TestLatePictures(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, `import asyncio, threading, time, matplotlib.pyplot as plt
from IPython.display import display
from PIL import Image
def plot(n): plt.figure(figsize=(1, 1)); plt.plot([n, 1]); plt.show()
def picture(n): return Image.new('RGB', (4, 4), (n, 0, 0))`)
	p.runNumber(t, 1, `async def show():
    await asyncio.sleep(.02); print('task'); plot(1); plot(2); fig = plt.figure(figsize=(1, 1)); plt.plot([3]); display(fig); plt.close(fig)
task = asyncio.create_task(show())`)
	late := p.lateWhen(t, 2, "await asyncio.sleep(.01); task.done()")
	if len(late) != 1 || late[0].Number != 1 || late[0].Text != "task\n" || len(late[0].Displays) != 3 || late[0].DisplaysDropped != 0 {
		t.Fatalf("of a task: %+v", late)
	}
	sums := map[string]bool{}
	for _, d := range late[0].Displays {
		sums[string(d.Data["image/png"])] = true
	}
	if len(sums) != 3 || sums[""] {
		t.Errorf("%d pictures", len(sums))
	}
	p.runNumber(t, 3, `def show():
    for n in range(10): time.sleep(.01); display(picture(n))
    handle = display(picture(20), display_id='bar')
    for n in range(5): display(picture(30 + n), display_id='bar', update=True)
    display('words')
thread = threading.Thread(target=show); thread.start()`)
	late = p.lateWhen(t, 4, "not thread.is_alive()")
	if len(late) != 1 || late[0].Number != 3 || late[0].Text != "'words'\n" || len(late[0].Displays) != 4 || late[0].DisplaysDropped != 7 {
		t.Fatalf("of a thread: %+v", late)
	}
	// The last is what the updates have left, and the limits are those of one answer.
	if got := p.value(t, "picture(34).getpixel((0, 0))"); got != `"(34, 0, 0)"` {
		t.Error(got)
	}
	if late = p.lateWhen(t, 5, "True"); len(late) != 0 {
		t.Errorf("told again: %+v", late)
	}
	p.runNumber(t, 6, `def show():
    time.sleep(.02)
    for n in range(3): display(Image.effect_noise((1000, 1000), 200).resize((1900, 1900)))
    display(picture(1))
thread = threading.Thread(target=show); thread.start()`)
	late = p.lateWhen(t, 7, "not thread.is_alive()")
	if len(late) != 1 || len(late[0].Displays)+late[0].DisplaysDropped != 4 || len(late[0].Displays) == 0 {
		t.Errorf("of large ones: %+v", late)
	}
}

// TestNoPicturesAfterAStop: a run that was stopped shows nothing any more.
func TestNoPicturesAfterAStop(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import threading, time\nfrom PIL import Image\nfrom IPython.display import display\nend = threading.Event()")
	running := make(chan struct{})
	go func() {
		<-running
		p.Interrupt()
	}()
	o, err := p.RunWithin(nil, sessions.Request{Number: 1, Code: `def show():
    while not end.wait(.01): display(Image.new('RGB', (4, 4)))
thread = threading.Thread(target=show); thread.start()
print('begun')
time.sleep(1000)`, Events: func(e sessions.Event) {
		if e.Kind == sessions.EventStdout && strings.Contains(e.Text, "begun") {
			close(running)
		}
	}})
	if err != nil || !o.Interrupted {
		t.Fatalf("%+v, %v", o, err)
	}
	for i := range 3 {
		if o := p.runNumber(t, 2+i, "time.sleep(.05)"); len(o.Late) != 0 || len(o.Displays) != 0 {
			t.Errorf("after the stop: %+v", o)
		}
	}
	p.run(t, "end.set(); thread.join()")
}

// TestNothingAfterAStop: a run that was stopped writes nothing any more, and its tasks
// end; those of other runs go on.
func TestNothingAfterAStop(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.runNumber(t, 1, "import asyncio, threading, time, subprocess\nasync def tick(name):\n    while True: await asyncio.sleep(.01); ticks[name] = ticks.get(name, 0) + 1; print(name)\nticks = {}\nother = asyncio.create_task(tick('other'))")
	running := make(chan struct{})
	go func() {
		<-running
		p.Interrupt()
	}()
	o, err := p.RunWithin(nil, sessions.Request{Number: 2, Code: `stopped = asyncio.create_task(tick('stopped'))
end = threading.Event()
def talk():
    while not end.wait(.01): print('thread')
threading.Thread(target=talk).start()
child = subprocess.Popen('while :; do echo child; sleep 0.01; done', shell=True)
print('begun')
await asyncio.sleep(1000)`, Events: func(e sessions.Event) {
		if e.Kind == sessions.EventStdout && strings.Contains(e.Text, "begun") {
			close(running)
		}
	}})
	if err != nil || !o.Interrupted {
		t.Fatalf("%+v, %v", o, err)
	}
	for i := range 10 {
		o := p.runNumber(t, 3+i, "time.sleep(.03)")
		for _, late := range o.Late {
			if late.Number != 1 || strings.Trim(late.Text, "other\n") != "" {
				t.Errorf("after the stop: %+v", late)
			}
		}
	}
	if got := p.value(t, "end.set(); child.kill(); n = ticks['other']; await asyncio.sleep(.1); stopped.cancelled(), ticks['other'] > n, other.done()"); got != `"(True, True, False)"` {
		t.Errorf("the tasks: %s", got)
	}
}

// TestTasksGoOn: the loop runs between executions, and the session is not idle while
// there is something to do.
func TestTasksGoOn(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import asyncio, threading\nn = 0\nasync def count():\n    global n\n    while True: n += 1; await asyncio.sleep(.01)\nt = asyncio.create_task(count())")
	before := p.value(t, "n")
	time.Sleep(300 * time.Millisecond)
	if after := p.value(t, "n"); len(after) < len(before) || after == before {
		t.Errorf("%s, then %s", before, after)
	}
	if r, err := p.IdleReport(); err != nil || r.Idle || !r.Tasks {
		t.Errorf("with a task: %+v, %v", r, err)
	}
	p.value(t, "t.cancel()")
	for until := time.Now().Add(20 * time.Second); ; {
		r, err := p.IdleReport()
		if err == nil && r.Idle && !r.Tasks {
			break
		}
		if err != nil || time.Now().After(until) {
			t.Fatalf("without one: %+v, %v", r, err)
		}
	}
	// A thread gives the loop something to do although no cell does.
	p.run(t, "loop = asyncio.get_running_loop(); got = []\nasync def add(): got.append(asyncio.get_running_loop() is loop)\nthreading.Timer(.05, lambda: asyncio.run_coroutine_threadsafe(add(), loop).result(10)).start()")
	for until := time.Now().Add(20 * time.Second); p.value(t, "got") != `"[True]"`; {
		if time.Now().After(until) {
			t.Fatal(p.value(t, "got"))
		}
	}
}

// TestBlockedLoop: code of a task that keeps the session from running other code is
// interrupted like code of a cell.
func TestBlockedLoop(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import asyncio, time\nasync def block():\n    await asyncio.sleep(.01); time.sleep(1000)\nt = asyncio.create_task(block())")
	time.Sleep(200 * time.Millisecond)
	done := make(chan *Outcome)
	go func() {
		o, err := p.RunWithin(nil, sessions.Request{Code: "1 + 1", Number: 5})
		if err != nil {
			t.Error(err)
		}
		done <- o
	}()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case o := <-done:
			if o.Error != nil && o.Error.Name != "KeyboardInterrupt" || o.Error == nil && string(o.Result) != "2" {
				t.Errorf("%+v", o)
			}
			if got := p.value(t, "type(t.exception()).__name__"); got != `"KeyboardInterrupt"` {
				t.Errorf("the task: %s", got)
			}
			return
		case <-again.C:
			if err := p.Interrupt(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestLoopClosedBetween: code that closes the loop or stops it in a task does no harm.
func TestLoopClosedBetween(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import asyncio, time")
	for i, call := range []string{"loop.stop", "lambda: loop.call_soon(loop.stop)", "lambda: loop.call_soon(loop.close)"} {
		p.run(t, fmt.Sprintf("loop = asyncio.get_running_loop(); loop.call_later(.02, %s);", call))
		time.Sleep(100 * time.Millisecond)
		if got := p.value(t, fmt.Sprintf("await asyncio.sleep(.01, %d)", i)); got != fmt.Sprint(i) {
			t.Errorf("%s: %s", call, got)
		}
	}
}
