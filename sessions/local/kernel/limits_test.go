package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestHugeString asserts that printing needs little memory beside the string.
func TestHugeString(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxSpill: 1 << 20}, Options{})
	const peak = "import resource, threading\ndef peak(): return int([l for l in open('/proc/self/status') if 'VmHWM' in l][0].split()[1]) << 10\ns = 'x' * (64 << 20)\nbefore = peak()\n"
	p.run(t, peak)
	for _, code := range []string{
		"print(s)",
		"for i in range(200_000): print('line')\nprint(s)",
		"t = threading.Thread(target=print, args=(s,)); t.start(); t.join()",
	} {
		o := p.run(t, code)
		if o.Error != nil || len(o.Truncated) != 1 || o.Truncated[0].Total < 64<<20+1 {
			t.Errorf("%s: %+v, error %v", code, o.Truncated, o.Error)
		}
		if got := p.value(t, "peak() - before < 32 << 20"); got != "true" {
			t.Errorf("%s: %s bytes more", code, p.value(t, "peak() - before"))
		}
	}
}

// TestSpills asserts that the files of long streams together stay in their bound.
func TestSpills(t *testing.T) {
	t.Parallel()
	const limit = 3 << 20
	p := start(t, Settings{MaxOutput: 1 << 10, MaxSpill: limit}, Options{MaxOutput: 1 << 10})
	if err := os.Mkdir(filepath.Join(p.data, sessions.CutDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.data, sessions.CutDir, "mine.txt"), make([]byte, limit), 0o600); err != nil {
		t.Fatal(err)
	}
	var last string
	for range 8 {
		o := p.run(t, "import sys\nprint('x' * 900_000)\nprint('y' * 400_000, file=sys.stderr)")
		if len(o.Truncated) != 2 || o.Truncated[0].File == "" || o.Truncated[0].File == last {
			t.Fatalf("%+v", o.Truncated)
		}
		last = o.Truncated[0].File
		if n := spilled(t, p); n > limit || n < 1_300_000 {
			t.Errorf("%d bytes of files", n)
		}
	}
	if o := p.run(t, "print('x' * 4_000_000)"); o.Truncated[0].File != "" {
		t.Errorf("%+v", o.Truncated)
	}
	if n := spilled(t, p); n > limit {
		t.Errorf("%d bytes of files", n)
	}
	// So are those that the host stores there.
	for i := range 120 {
		if err := os.WriteFile(filepath.Join(p.data, sessions.CutDir, fmt.Sprintf("error-%06x.txt", i)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "1")
	p.run(t, "1") // it tidies up after its answer
	if files, err := filepath.Glob(filepath.Join(p.data, sessions.CutDir, "*-*.txt")); err != nil || len(files) != 100 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
	if info, err := os.Stat(filepath.Join(p.data, sessions.CutDir, "mine.txt")); err != nil || info.Size() != limit {
		t.Errorf("another file: %v, %v", info, err)
	}
}

func spilled(t *testing.T, p *process) (n int64) {
	files, err := filepath.Glob(filepath.Join(p.data, sessions.CutDir, "std*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += info.Size()
		}
	}
	return n
}

// TestSmallOutput asserts that a small bound holds for the tail too.
func TestSmallOutput(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{1, 100, 1000} {
		p := start(t, Settings{MaxOutput: limit}, Options{MaxOutput: limit})
		o := p.run(t, "print('Q' * 9999)")
		if got := int64(strings.Count(o.Stdout, "Q")); got < limit || got > limit+limit/4 || o.Truncated[0].Total != 10000 {
			t.Errorf("%d: %d, %+v", limit, got, o.Truncated)
		}
	}
}

// TestEmptyDisplay asserts that a value which shows itself drops nothing.
func TestEmptyDisplay(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, "class V:\n  def _ipython_display_(self): print('shown')\nV()")
	if o.Stdout != "shown\n" || len(o.Displays) != 0 || o.DisplaysDropped != 0 || o.Error != nil {
		t.Errorf("%+v", o)
	}
}

// TestForkedError asserts that the traceback of a child is not lost.
func TestForkedError(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, "import os\nif os.fork() == 0: 1/0\nos.waitstatus_to_exitcode(os.wait()[1])")
	if !strings.Contains(o.Stderr, "ZeroDivisionError: division by zero\n") || string(o.Result) != "1" {
		t.Errorf("stderr %q, result %s", o.Stderr, o.Result)
	}
	o = p.run(t, "import sys\nif os.fork() == 0: sys.exit(3)\nos.waitstatus_to_exitcode(os.wait()[1])")
	if o.Stderr != "" || string(o.Result) != "3" {
		t.Errorf("stderr %q, result %s", o.Stderr, o.Result)
	}
}

// TestFullDisk asserts that a traceback names the limit it ran into.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))\nopen('f', 'wb', 0).write(b'x' * 1000)\nopen('f', 'ab', 0).write(b'x')")
	if o.Error == nil || !strings.HasSuffix(o.Error.Traceback, "File too large\nA file of this session may have at most 1000 bytes.") {
		t.Errorf("%+v", o.Error)
	}
	o = p.run(t, "open('/dev/full', 'wb', 0).write(b'x')")
	if o.Error == nil || !strings.Contains(o.Error.Traceback, "The disk that the file is on is full.") {
		t.Errorf("%+v", o.Error)
	}
}

// TestUnclosedBracket asserts that the interpreter's own words are told.
func TestUnclosedBracket(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for code, want := range map[string]string{
		"x = (1,\nprint(2": "line 2\n    print(2\n         ^\nSyntaxError: '(' was never closed",
		"x = [1":           "line 1\n    x = [1\n        ^\nSyntaxError: '[' was never closed",
		"x = '''a":         "unterminated triple-quoted string literal",
		"for i in []:":     "expected an indented block",
	} {
		if o := p.run(t, code); o.Error == nil || !strings.Contains(o.Error.Traceback, want) {
			t.Errorf("%q: %+v", code, o.Error)
		}
	}
	if o := p.run(t, "if True:\n  y = 1"); o.Error != nil {
		t.Error(o.Error.Traceback)
	}
}

// TestRepeatedInterrupts asserts that each interrupt reaches the code, and none
// the code of the next execution.
func TestRepeatedInterrupts(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for range 5 {
		o, err := p.Execute("import time\nn = 0\nprint('go', flush=True)\nwhile n < 3:\n  try: time.sleep(1000)\n  except:\n    n += 1\n    if n < 3: print('again', flush=True)\nn", func(sessions.Event) {
			if err := p.Interrupt(); err != nil {
				t.Error(err)
			}
		})
		if err != nil || !o.Interrupted || o.Error != nil || string(o.Result) != "3" {
			t.Errorf("%+v, %v", o, err)
		}
		p.Interrupt()
		if o := p.run(t, "time.sleep(0.03)\n1"); o.Interrupted || o.Error != nil || string(o.Result) != "1" {
			t.Errorf("the next one: %+v", o)
		}
	}
}

// TestPip asserts what pip's commands say without a network.
func TestPip(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	for _, c := range []struct{ code, stdout, failure string }{
		{"%pip list", "\nnumpy ", ""},
		{"!pip list 2>/dev/null | grep -c '^numpy '", "1\n", ""},
		{"!{sys.executable} -m pip freeze", "\nnumpy==", ""},
		{"%pip show numpy", "Name: numpy\nVersion: ", ""},
		{"%pip show nosuch", "", "not installed: nosuch"},
		{"%pip install -q numpy 'pandas>1'", "numpy is already installed, version", ""},
		{"!pip3 install PIL", "PIL is already installed: it is a module of pillow", ""},
		{"!python -m pip install nosuch", "", "not installed: nosuch"},
		{"!uv pip install numpy 'pandas>1000'", "", "not installed: pandas>1000"},
		{"x = !pip list\nprint(any(l.startswith('numpy ') for l in x))", "True\n", ""},
		{"!pipeline 2>/dev/null; echo other", "other\n", ""},
		{"%pip search numpy", "", "%pip search is not available"},
		{"%pip install --no-such-option numpy", "", "%pip install: no such option: --no-such-option"},
		{"%pip install --target", "", "%pip install: --target option requires 1 argument"},
		{"%pip install -r nofile", "", "%pip install -r: cannot read the list"},
		{"%pip install ''", "", "not installed: ''"},
		{"%pip install -e .", "", "%pip has failed, with exit status 1"},
		{"%pip install ./nosuch.whl", "", "%pip has failed, with exit status 1"},
		{"%pip install https://example.org/x.whl", "", "not installed: 'https://example.org/x.whl'"},
		{"%pip install", "", "needs the name of a package"},
		{"%pip install 'numpy", "", "cannot be split into words"},
		{"%pip install -q numpy && echo and", "and\n", ""},
		{"%pip install numpy # it's there", "numpy is already installed, version", ""},
		{"!pip install numpy # why; echo not", "numpy is already installed, version", ""},
		{"!pip install '#' 'numpy # 2'", "", "not installed: '#', 'numpy # 2'"},
		{"!pip install 'numpy\nprint('goes on')", "goes on\n", ""}, // the shell says what is wrong
		{"%pip instal numpy", "", "has no command 'instal'; did you mean 'install'?"},
		{"%pip uninstall -y numpy", "", "numpy belongs to the interpreter and stays"},
		{"%pip check > /dev/null\n!pip hash nosuch 2>/dev/null", "", ""},
		{"%pip list --format yaml", "", "takes columns, freeze or json"},
		{"%pip list --outdated", "", "cannot tell what is outdated"},
		{"%pip", "pip install NAME says", ""},
		{"%pip --version", "own packages in ", ""},
		{"%uv pip install numpy --system", "numpy is already installed", ""},
	} {
		o := p.run(t, "import sys\n"+c.code)
		if c.failure != "" {
			if o.Error == nil || o.Error.Name != "UsageError" || !strings.Contains(o.Error.Message, c.failure) {
				t.Errorf("%s: %+v", c.code, o.Error)
			}
		} else if o.Error != nil || !strings.Contains(o.Stdout, c.stdout) {
			t.Errorf("%s: stdout %.300q, error %+v", c.code, o.Stdout, o.Error)
		}
	}
}
