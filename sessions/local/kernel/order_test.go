package kernel

import (
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// inOrder writes what an outcome shows, in order: "out:a err:b show:'c'".
func inOrder(o *Outcome) string {
	var shown []string
	for _, x := range o.Outputs {
		switch x.Source {
		case sessions.SourceStdout:
			shown = append(shown, "out:"+o.Stdout[x.Start:x.End])
		case sessions.SourceStderr:
			shown = append(shown, "err:"+o.Stderr[x.Start:x.End])
		case sessions.SourceDisplay:
			shown = append(shown, "show:"+string(o.Displays[x.Display].Data["text/plain"]))
		}
	}
	return strings.ReplaceAll(strings.Join(shown, " "), "\n", "⏎")
}

// TestOrder checks that what code writes and displays is in the order in which it
// does so.
func TestOrder(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.run(t, "import sys, os, threading, subprocess, logging, warnings\nfrom IPython.display import clear_output, update_display\ndef err(*a, **k): print(*a, file=sys.stderr, **k)")
	for _, c := range []struct{ code, want string }{
		{"print(1)\nerr(2)\ndisplay(3)\nprint(4)\nerr(5)\nprint(6)", "out:1⏎ err:2⏎ show:3 out:4⏎ err:5⏎ out:6⏎"},
		{"print(1, end='')\nerr(2, end='')\ndisplay(3)\nprint(4, end='')\nerr(5, end='')\nprint(6)", "out:1 err:2 show:3 out:4 err:5 out:6⏎"},
		{"err(1)\nprint(2)", "err:1⏎ out:2⏎"},
		{"display(1)\ndisplay(2)\nprint(3)", "show:1 show:2 out:3⏎"},
		{"print('é', end='')\nerr('€', end='')\nprint('😀')", "out:é err:€ out:😀⏎"},
		{"sys.stdout.buffer.write(b'1')\nsys.stderr.buffer.write(b'2')\nsys.stdout.buffer.write(b'3')\nerr(4)", "out:1 err:2 out:3 err:4⏎"},
		{"from PIL import Image\nfor n in 'ab': print(n); display(Image.new('RGB', (90, 90)))", ""},
		{"print(1)\nos.system('echo 2')\nerr(3)\nprint(4)", "out:1⏎2⏎ err:3⏎ out:4⏎"},
		{"print(1)\n!echo 2\nerr(3)\n!echo 4", "out:1⏎2⏎ err:3⏎ out:4⏎"},
		{"print(1)\nlogging.warning('2')\nprint(3)", "out:1⏎ err:WARNING:root:2⏎ out:3⏎"},
		{"def work():\n  for i in range(3): print(i); err(i); display(i)\nt = threading.Thread(target=work); t.start(); t.join()\nprint(9)\nerr(9)", "out:0⏎ err:0⏎ show:0 out:1⏎ err:1⏎ show:1 out:2⏎ err:2⏎ show:2 out:9⏎ err:9⏎"},
		{"print(1)\nif os.fork() == 0:\n  err('child'); print('child'); os._exit(0)\nos.wait()\nerr(2)\nprint(3)", ""},
		{"for i in range(3):\n  err(i)\n  print(i)", "err:0⏎ out:0⏎ err:1⏎ out:1⏎ err:2⏎ out:2⏎"},
		{"print(1)\nclear_output()\nprint(2)", "out:2⏎"},
		{"print(1); display(1)\nclear_output(wait=True)\nerr(2)", "err:2⏎"},
		{"print(1); display(1)\nclear_output(wait=True)", "out:1⏎ show:1"},
		{"print(1)\nclear_output()", ""},
		{"for i in range(300):\n  clear_output(wait=True)\n  display(i)", "show:299"},
		{"display(1, display_id='a')\nprint(2)\nupdate_display(3, display_id='a')", "show:3 out:2⏎"},
		{"h = display(1, display_id=True)\nclear_output()\nh.update(2)", "show:2"},
		{"print(1)\nclear_output(wait=True)\n'value'", ""},
		{"print(1)\nimport pandas\npandas.DataFrame({'a': [1]})", "out:1⏎ show:   a⏎0  1"},
		{"out = lambda b: sys.stdout.buffer.write(b)\nout(b'\\xff')\nerr(1)\nout(b'\\xe2\\x82')\nerr(2)\nout(b'\\xac')", "out:\uFFFD err:1⏎ out:\uFFFD err:2⏎ out:\uFFFD"},
	} {
		o := p.run(t, c.code)
		if o.Error != nil {
			t.Errorf("%q: %s", c.code, o.Error.Traceback)
		}
		if strings.Contains(c.code, "Image") { // equal pictures of different things
			if got := inOrder(o); len(o.Displays) != 2 || o.Displays[1].Data["image/png"] == nil || !strings.HasPrefix(got, "out:a⏎ show:") || !strings.Contains(got, " out:b⏎ show:") {
				t.Errorf("%q: %s", c.code, got)
			}
			continue
		}
		if strings.Contains(c.code, "fork") { // its child writes when it likes
			if !strings.HasSuffix(inOrder(o), "out:3⏎") || strings.Count(o.Stdout+o.Stderr, "child") != 2 {
				t.Errorf("%q: %s", c.code, inOrder(o))
			}
		} else if got := inOrder(o); got != c.want {
			t.Errorf("%q: got %s, want %s", c.code, got, c.want)
		}
	}
}

// TestLongOrder checks that an order is bounded, and that text which is cut stands
// where it was written.
func TestLongOrder(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxOutput: 10_000}, Options{MaxOutput: 10_000})
	o := p.run(t, "import sys\nfor i in range(100_000):\n  sys.stdout.write('o'); sys.stderr.write('e')")
	if len(o.Outputs) > maxPlaces || len(o.Outputs) < 1000 || o.Error != nil {
		t.Errorf("%d outputs, %+v", len(o.Outputs), o.Error)
	}
	o = p.run(t, "print('x' * 9_000)\ndisplay(1)\nprint('y' * 9_000)\ndisplay(2)\nprint('z' * 90_000)\ndisplay(3)\nprint('end')\ndisplay(4)")
	var shape []string
	for _, x := range o.Outputs {
		if x.Source == sessions.SourceDisplay {
			shape = append(shape, fmt.Sprint(x.Display+1))
		} else if text := o.Stdout[x.Start:x.End]; text != "" {
			shape = append(shape, text[:1]+"…"+text[len(text)-4:])
		} else {
			shape = append(shape, "-")
		}
	}
	if got := strings.ReplaceAll(strings.Join(shape, " "), "\n", "⏎"); got != "x…xxx⏎ 1 y…yyyy 2 - 3 ⏎…end⏎ 4" {
		t.Errorf("the order is %s", got)
	}
	if cut := o.Truncated[0]; cut.Lines != 4 || !strings.HasPrefix(cut.File, ".output/stdout-") {
		t.Errorf("%+v", cut)
	}
}

// TestDrawings checks that what was drawn is not described in words, but its value is
// what Azure would have.
func TestDrawings(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import matplotlib.pyplot as plt, numpy as np, pandas as pd")
	for _, code := range []string{
		"plt.plot([1, 2])", "plt.title('t')", "plt.hist([1, 2, 2])", "plt.hist([[1, 2], [2, 3]])", "plt.subplots(2, 2)", "plt.subplots()", "plt.subplots(2, 2)[1]",
		"plt.bar(['a'], [1])", "plt.pie([1, 2])", "plt.boxplot([1, 2, 3])", "plt.xticks([1, 2])", "plt.gca()", "plt.gcf()", "pd.Series([1, 2]).plot()",
		"pd.DataFrame({'a': [1, 2], 'b': [2, 1]}).hist()", "plt.imshow([[1, 2]])", "plt.legend()", "plt.gca().lines", "plt.colorbar(plt.imshow([[1]]))", "display(1, display_id=True)",
	} {
		if o := p.run(t, code); o.Text != "" || o.Error != nil {
			t.Errorf("%s: text %q, %+v", code, o.Text, o.Error)
		}
	}
	for code, want := range map[string]string{
		"[]": "[]", "np.array([1, 2])": "array([1, 2])", "(1, [])": "(1, [])", "plt.title('t').get_text()": "'t'", "(1, plt.title('t'))": "(1, Text(0.5, 1.0, 't'))",
		"{'a': np.array([1])}": "{'a': array([1])}", "np.array([None])": "array([None], dtype=object)",
	} {
		if o := p.run(t, code); o.Text != want || o.Error != nil {
			t.Errorf("%s: text %q, %+v", code, o.Text, o.Error)
		}
	}
	if o := p.run(t, "plt.close('all')\nt = plt.title('t')\nplt.close('all')\nt"); string(o.Result) != `"Text(0.5, 1.0, 't')"` || o.Text != "" {
		t.Errorf("result %s, text %q", o.Result, o.Text)
	}
}
