package kernel

import (
	"bytes"
	"encoding/json"
	"image/png"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestValues checks what comes back for the value of a last expression, in one
// session, in order.
func TestValues(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	for _, c := range []struct{ code, stdout, result, text string }{
		{"6 * 7", "", `42`, "42"},
		{"a = 5; b = 8; x = a*b\nprint(f\"Answer is {x}\")\nx", "Answer is 40\n", `40`, "40"},
		{"x + 2", "", `42`, "42"},
		{"_ + 1", "", `43`, "43"},
		{"", "", `""`, ""},
		{"# nothing", "", `""`, ""},
		{"None", "", `""`, ""},
		{"x;", "", `""`, ""},
		{"'a;b'", "", `"a;b"`, "'a;b'"},
		{"True", "", `true`, "True"},
		{"1.5", "", `1.5`, "1.5"},
		{"1e300*1e10", "", `null`, "inf"},
		{"float('nan')", "", `null`, "nan"},
		{"'nan'", "", `"nan"`, "'nan'"},
		{"'a\\0b'", "", `"a\u0000b"`, `'a\x00b'`},
		{"'\\ud800'", "", `"\\ud800"`, `'\ud800'`},
		{"2**70", "", `1180591620717411303424`, "1180591620717411303424"},
		{"['a', 'b']", "", `"['a', 'b']"`, "['a', 'b']"},
		{"import math\n{'sin_pi': math.sin(math.pi)}", "", `"{'sin_pi': 1.2246467991473532e-16}"`, "{'sin_pi': 1.2246467991473532e-16}"},
		{"import numpy as np\nnp.int64(3)", "", `3`, "np.int64(3)"},
		{"np.float32('nan')", "", `null`, "np.float32(nan)"},
		{"np.bool_(True)", "", `true`, "np.True_"},
		{"import asyncio\nawait asyncio.sleep(0, 'awaited')", "", `"awaited"`, "'awaited'"},
		{"async def later(x): return x\nt = asyncio.create_task(later(7))\nawait t", "", `7`, "7"},
		{"ts = [asyncio.ensure_future(later(i)) for i in (1, 2)]\nawait asyncio.gather(*ts)\nasyncio.get_running_loop() is asyncio.get_event_loop()", "", `true`, "True"},
		{"t = asyncio.create_task(later(9))\nn = await t;", "", `""`, ""},
		{"asyncio.run(asyncio.sleep(0, 5))", "", `5`, "5"},
		{"asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, 6))", "", `6`, "6"},
		{"!echo $((1+1))", "2\n", `""`, ""},
		{"%%bash\nread x; echo got $x\nline", "got line\n", `""`, ""},
		{"v = !echo captured\nv[0]", "", `"captured"`, "'captured'"},
		{"import os; os.system('echo system'); print('after')", "system\nafter\n", `""`, ""},
		{"import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1)']).returncode", "1\n", `0`, "0"},
		{"import ctypes; ctypes.CDLL(None).write(1, b'C\\n', 2)", "C\n", `2`, "2"},
		{"open('m.py', 'w').write('y = 7')\nimport m\nm.y", "", `7`, "7"},
		{"%run m.py\ny", "", `7`, "7"},
		{"import multiprocessing\ndef f(x): return x*x\nwith multiprocessing.Pool(2) as pool: r = pool.map(f, range(4))\nsum(r)", "", `14`, "14"},
		{"exit()", "", `""`, ""},
		{"import sys; print('x'); sys.exit(0)", "x\n", `""`, ""},
		{"quit", "", `""`, ""},
		{"x", "", `40`, "40"},
	} {
		o := p.run(t, c.code)
		if o.Error != nil {
			t.Errorf("%q: %s", c.code, o.Error.Traceback)
		} else if o.Stdout != c.stdout || o.Stderr != "" || string(o.Result) != c.result || o.Text != c.text {
			t.Errorf("%q: stdout %q, stderr %q, result %s, text %q", c.code, o.Stdout, o.Stderr, o.Result, o.Text)
		}
	}
}

// TestErrors checks what code that fails is answered with, and that the
// session goes on.
func TestErrors(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.run(t, "kept = 1")
	for _, c := range []struct{ code, stdout, name, traceback string }{
		{"print('before')\n1/0", "before\n", "ZeroDivisionError", "\nZeroDivisionError: division by zero"},
		{"1\ndef f(:\n  pass", "", "SyntaxError", "line 2\n    def f(:\n          ^\nSyntaxError: invalid syntax"},
		{"  x = 1\n y = 2", "", "IndentationError", "unexpected indent"},
		{"return 1", "", "SyntaxError", "'return' outside function"},
		{"x = 1\x00", "", "SyntaxError", "null bytes"},
		{"input('name? ')", "", "StdinNotImplementedError", "nobody can type"},
		{"import sys; sys.stdin.readline()", "", "StdinNotImplementedError", "nobody can type"},
		{"import getpass; getpass.getpass()", "", "StdinNotImplementedError", "nobody can type"},
		{"breakpoint()", "", "StdinNotImplementedError", "nobody can type"},
		{"import pdb; pdb.set_trace()", "> <cell 11>(1)<module>()\n-> import pdb; pdb.set_trace()\n", "StdinNotImplementedError", "nobody can type"},
		{"class R:\n  def __repr__(self): raise ValueError('bad repr')\nR()", "", "ValueError", "ValueError: bad repr"},
		{"class E(Exception):\n  def __str__(self): raise ValueError\nraise E", "", "E", "str() failed"},
		{"sys.exit(3)", "", "SystemExit", "still runs and keeps its variables.\nSystemExit: 3"},
		{"sys.exit('sorry')", "", "SystemExit", "SystemExit: sorry"},
		{"def r(): r()\nr()", "", "RecursionError", "maximum recursion depth exceeded"},
		{"raise KeyboardInterrupt", "", "KeyboardInterrupt", "KeyboardInterrupt"},
		{"bytearray(1 << 62)", "", "MemoryError", "MemoryError"},
		{"%nosuch", "", "UsageError", "UsageError: Line magic function `%nosuch` not found."},
		{"%pip install x", "", "UsageError", "no package index"},
		{"%%bash\nexit 3", "", "CalledProcessError", "exit status 3"},
		{"%run nosuch.py", "", "Exception", "not found"},
		{"async def g(): 1/0\nawait g()", "", "ZeroDivisionError", "in g\n"},
		{"import asyncio\n1/0\nawait asyncio.sleep(0)", "", "ZeroDivisionError", "line 2, in <module>\n"},
		{"raise ValueError('x' * 10**7)", "", "ValueError", "left out"},
		{"import builtins; keep = builtins.len; builtins.len = None\nlen('')", "", "TypeError", ""},
		{"builtins.len = keep\n1/0", "", "ZeroDivisionError", "division by zero"},
	} {
		o := p.run(t, c.code)
		switch {
		case o.Error == nil:
			t.Errorf("%.80q: no error but %s", c.code, o.Result)
		case o.Error.Name != c.name || !strings.Contains(o.Error.Traceback, c.traceback) || o.Stdout != c.stdout:
			t.Errorf("%.80q: %s: stdout %q, traceback %.3000s", c.code, o.Error.Name, o.Stdout, o.Error.Traceback)
		case showsKernel(o.Error.Traceback) || strings.Contains(o.Error.Traceback, "\x1b"):
			t.Errorf("%.80q: shows the kernel or colours: %s", c.code, o.Error.Traceback)
		case string(o.Result) != `""` || o.Interrupted:
			t.Errorf("%.80q: result %s, interrupted %v", c.code, o.Result, o.Interrupted)
		}
	}
	if got := p.value(t, "kept"); got != "1" {
		t.Errorf("kept = %s", got)
	}
}

// TestFigures checks that every figure comes back once, in order.
func TestFigures(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	const plot = "import numpy as np, matplotlib.pyplot as plt\nx = np.linspace(-1, 1, 400)\nplt.plot(x, np.sin(x))\nplt.title('sine')\nplt.grid()\n"
	for _, c := range []struct {
		name, code string
		pictures   int
	}{
		{"shown", plot + "plt.show()", 1},
		{"left open", plot, 1},
		{"two", plot + "plt.figure()\nplt.plot([1])", 2},
		{"displayed", plot + "fig = plt.gcf()\ndisplay(fig)", 1},
		{"changed after display", plot + "fig = plt.gcf()\ndisplay(fig)\nplt.title('b')", 2},
		{"last value", "fig, ax = plt.subplots()\nax.plot([1])\nfig", 1},
		{"saved", plot + "plt.savefig('/dev/null', format='png')", 1},
		{"closed", plot + "plt.close()", 0},
		{"none stale", "1", 0},
		{"another backend", "import matplotlib; matplotlib.use('Agg')\n" + plot + "plt.show()", 1},
		{"huge", "plt.figure(figsize=(300, 20)); plt.plot([1]);", 1},
		{"empty", "plt.figure();", 0},
		{"raised", plot + "1/0", 1},
		{"a picture", "from PIL import Image\nImage.new('RGB', (3, 2))", 1},
		{"an animation step", "from IPython.display import clear_output\nh = display(1, display_id=True)\nclear_output()\nh.update(Image.new('RGB', (3, 2)))", 1},
	} {
		o := p.run(t, c.code)
		pictures := 0
		for _, d := range o.Displays {
			picture, ok := d.Data["image/png"]
			if !ok {
				continue
			}
			pictures++
			size, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil || size.Width > 2000 || size.Height > 2000 {
				t.Errorf("%s: %v, %d × %d", c.name, err, size.Width, size.Height)
			}
		}
		if pictures != c.pictures || o.Stdout != "" || o.Stderr != "" {
			t.Errorf("%s: %d pictures, stdout %q, stderr %q, error %v", c.name, pictures, o.Stdout, o.Stderr, o.Error)
		}
		var result struct{ Type, Format, Base64_data string }
		isImage := json.Unmarshal(o.Result, &result) == nil && result.Type == "image" && result.Format == "png" && result.Base64_data != ""
		if want := c.pictures > 0 && o.Error == nil; isImage != want {
			t.Errorf("%s: result %.60s", c.name, o.Result)
		}
	}
}

// TestRich checks the forms of displays and values.
func TestRich(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, `from IPython.display import HTML, JSON, Latex
display(HTML("<b>1</b>"), JSON({"a": 1}), Latex("$x$"))
h = display("first", display_id="one")
from IPython.display import update_display
update_display("second", display_id="one")
import pandas as pd
pd.DataFrame({"a": [1, 2]})`)
	want := []map[string]string{
		{"text/plain": "1", "text/html": ""}, {"application/json": `{"a": 1}`}, {"text/latex": "$x$"},
		{"text/plain": "'second'"}, {"text/plain": "   a\n0  1\n1  2"},
	}
	if len(o.Displays) != len(want) {
		t.Fatalf("%d displays, error %v", len(o.Displays), o.Error)
	}
	for i, forms := range want {
		for kind, form := range forms {
			if got := string(o.Displays[i].Data[kind]); got != form {
				t.Errorf("display %d: %s is %q", i, kind, got)
			}
		}
	}
	if o.Displays[4].Data["text/html"] == nil || o.Text != "   a\n0  1\n1  2" || string(o.Result) != `"   a\n0  1\n1  2"` {
		t.Errorf("text %q, result %s", o.Text, o.Result)
	}
}

func TestDisplaysAreBounded(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{MaxDisplays: 3, MaxDisplayBytes: 1000})
	o := p.run(t, "for i in range(5): display(i)\n'x'")
	if len(o.Displays) != 3 || o.DisplaysDropped != 2 {
		t.Errorf("%d displays, %d dropped", len(o.Displays), o.DisplaysDropped)
	}
	o = p.run(t, "from IPython.display import HTML\ndisplay(1, HTML('x' * 10**8), HTML('x' * 2000), 2)")
	if len(o.Displays) != 2 || o.DisplaysDropped != 2 {
		t.Errorf("%d displays, %d dropped", len(o.Displays), o.DisplaysDropped)
	}
	if o = p.run(t, "'x' * (10**8)"); len(o.Result) > 2<<20 || !strings.Contains(o.Text, "left out") {
		t.Errorf("a result of %d bytes", len(o.Result))
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	var stdout, stderr strings.Builder
	seen := make(chan string, 1)
	done := make(chan error, 1)
	go func() {
		_, err := p.Execute("import sys, os\nprint('é€😀' * 100000)\nprint('e', file=sys.stderr)\nwhile not os.path.exists('go'): pass", func(e sessions.Event) {
			switch e.Kind {
			case sessions.EventStdout:
				stdout.WriteString(e.Text)
			case sessions.EventStderr:
				stderr.WriteString(e.Text)
				seen <- e.Text
			}
		})
		done <- err
	}()
	if got := <-seen; got != "e\n" {
		t.Errorf("stderr %q while it runs", got)
	}
	p.touch(t, "go")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if stdout.String() != strings.Repeat("é€😀", 100000)+"\n" {
		t.Errorf("stdout has %d bytes and is not what was written", stdout.Len())
	}
}

// TestDisplaysAtTheEnd asserts that what a thread displays while its execution
// ends does not reach the next one, which would break the protocol.
func TestDisplaysAtTheEnd(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, `import threading
from IPython.display import HTML
large = HTML("x" * 1_000_000)
def show():
    for _ in range(20): display(large)`)
	for range 20 {
		if o := p.run(t, "t = threading.Thread(target=show); t.start()"); o.Error != nil {
			t.Fatal(o.Error.Traceback)
		}
		if o := p.run(t, "t.join()"); len(o.Displays) != 0 {
			t.Errorf("%d displays of the execution before", len(o.Displays))
		}
	}
}
