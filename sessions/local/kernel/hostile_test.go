package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// touch makes a file that code in the session waits for.
func (p *process) touch(t testing.TB, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.data, name), nil, 0o600); err != nil {
		t.Error(err)
	}
}

// TestSabotage checks that the session survives code that breaks what the
// kernel stands on.
func TestSabotage(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for _, code := range []string{
		"import os\nfor fd in (0, 1, 2): os.close(fd)",
		"import sys; sys.stdout.close(); sys.stderr.close()",
		"import sys; sys.stdout.detach()",
		"import sys; sys.stdout = sys.stderr = sys.stdin = None",
		"import os; f = os.open('f', os.O_CREAT | os.O_RDWR); os.dup2(f, 0); os.dup2(f, 1); os.dup2(f, 2); print('lost')",
		"import os\nfor fd in range(3, 200):\n  try: os.write(fd, b'junk')\n  except OSError: pass",
		"import os; os.closerange(3, 200)",
		"import json; json.dumps = json.loads = json.JSONEncoder = json.JSONDecoder = json.encoder.encode_basestring_ascii = None",
		"import builtins; k = builtins.isinstance, builtins.len; builtins.isinstance = builtins.len = None",
		"builtins.isinstance, builtins.len = k",
		"print = len = None",
		"del print, len",
		"import matplotlib.pyplot as plt; plt.show = None",
		"import os, signal; r = os.read; os.read = os.write = None",
		"os.read, os.write = r, __import__('posix').write",
		"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
		"import sys; sys.setrecursionlimit(40)",
		"import sys; sys.settrace(lambda *a: 1/0)",
		"import gc; gc.disable(); import threading; threading.excepthook = None",
		"import atexit; atexit.register(print, 'late')",
		"import os, time\nif os.fork() == 0: print('child', flush=True)\nelse: os.wait()",
		"import os\nif os.fork() == 0: 1/0\nelse: os.wait()",
		"import os, sys\nif os.fork() == 0: sys.exit(1)\nelse: os.wait()",
		"import asyncio; asyncio.get_event_loop().close()",
		"%reset -f",
	} {
		if _, err := p.Execute(code, nil); err != nil {
			t.Fatalf("%q: %v", code, err)
		}
		if strings.HasSuffix(code, "len = None") {
			continue // the next one takes it back
		}
		o := p.run(t, "print('fine')\n6*7")
		if o.Stdout != "fine\n" || string(o.Result) != "42" {
			t.Errorf("after %q: stdout %q, stderr %q, result %s, error %v", code, o.Stdout, o.Stderr, o.Result, o.Error)
		}
	}
}

// TestDeath checks what is left of an execution that takes the kernel down.
func TestDeath(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"import os; os._exit(0)",
		"import os; os.abort()",
		"import ctypes; ctypes.string_at(0)",
		"import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			p := start(t, Settings{}, Options{})
			ready := make(chan struct{})
			go func() {
				<-ready
				p.touch(t, "go")
			}()
			o, err := p.Execute("print('before')\nimport os\nwhile not os.path.exists('go'): pass\n"+code, func(sessions.Event) {
				close(ready)
			})
			if !errors.Is(err, ErrDied) || o == nil || o.Stdout != "before\n" {
				t.Fatalf("%+v, %v", o, err)
			}
			if o, err = p.Execute("1", nil); !errors.Is(err, ErrDied) || o == nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestForgedFrames checks that code which finds the kernel's descriptors gets
// no further than its own end.
func TestForgedFrames(t *testing.T) {
	t.Parallel()
	const write = `import os, struct
def send(h, p=b""):
    for fd in map(int, os.listdir('/proc/self/fd')):
        if fd > 200:
            try: os.write(fd, struct.pack('>II', len(h), len(p)) + h + p)
            except OSError: pass
`
	for name, code := range map[string]string{
		"garbage":   "for fd in range(200, 5000):\n  try: os.write(fd, b'garbage' * 10)\n  except OSError: pass",
		"huge":      "head = struct.pack('>II', 2, 1 << 31) + b'{}'\nfor fd in map(int, os.listdir('/proc/self/fd')):\n  if fd > 200:\n    try: os.write(fd, head)\n    except OSError: pass",
		"no type":   "send(b'{}', b'')",
		"other seq": `send(b'{"type":"done","seq":99,"status":"ok","stdout":[0,""],"stderr":[0,""]}')`,
		"type":      `send(b'{"type":"x","seq":1}')`,
		"parts":     `send(b'{"type":"display","seq":1,"parts":[["a/b",-5]]}', b'xx')`,
		"value":     `send(b'{"type":"result","seq":1,"json":2,"parts":[]}', b'{}')`,
		"late":      `send(b'{"type":"late","seq":1,"run":-1,"total":9}', b'x')`,
		"too late":  `send(b'{"type":"late","seq":1,"run":1,"total":99999}', b'x' * 99999)`,
		"no total":  `send(b'{"type":"late","seq":1,"run":1}', b'x')`,
		"no error":  `send(b'{"type":"done","seq":1,"status":"error"}')`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, Settings{}, Options{})
			o, err := p.Execute(write+code, nil)
			if !errors.Is(err, ErrProtocol) || o == nil {
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
}

// TestInterrupt checks that code can be interrupted wherever it is, and that
// the session lives on.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import time, asyncio, sys\nkept = 1")
	for _, code := range []string{
		"while True: pass",
		"time.sleep(1000)",
		"await asyncio.sleep(1000)",
		"while True: pass\nawait asyncio.sleep(0)",
		"!sleep 1000",
		"import subprocess; subprocess.run(['sleep', '1000'])",
		"class R:\n  def __repr__(self):\n    while True: pass\nR()",
		"class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
		"while True: print('x' * 1000)",
		"while True: display(1)",
		"import threading; threading.Event().wait()",
	} {
		started := make(chan struct{})
		go func() {
			<-started
			if err := p.Interrupt(); err != nil {
				t.Error(err)
			}
		}()
		once := false
		o, err := p.Execute("print('start', flush=True)\n"+code, func(sessions.Event) {
			if !once {
				once = true
				close(started)
			}
		})
		if err != nil {
			t.Fatalf("%q: %v", code, err)
		}
		if !o.Interrupted || o.Error == nil || o.Error.Name != "KeyboardInterrupt" {
			t.Errorf("%q: interrupted %v, error %+v", code, o.Interrupted, o.Error)
		} else if showsKernel(o.Error.Traceback) {
			t.Errorf("%q: %s", code, o.Error.Traceback)
		}
		if got := p.value(t, "kept"); got != "1" {
			t.Errorf("after %q: %s", code, got)
		}
	}
	if err := p.Interrupt(); err != nil {
		t.Error(err)
	}
	if got := p.value(t, "kept"); got != "1" {
		t.Errorf("after an interrupt of nothing: %s", got)
	}
}

// TestCaughtInterrupt checks that code which catches the interrupt goes on, and
// that an interrupt which comes before the code begins still meets it.
func TestCaughtInterrupt(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	running := make(chan struct{})
	go func() {
		<-running
		p.Interrupt()
	}()
	o, err := p.Execute("import time\nprint('x')\ntry: time.sleep(1000)\nexcept KeyboardInterrupt: caught = 1\ncaught", func(sessions.Event) { close(running) })
	if err != nil || !o.Interrupted || o.Error != nil || string(o.Result) != "1" {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestStragglers checks that threads and children of an earlier execution do
// not show up in a later one.
func TestStragglers(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for _, code := range []string{
		`import threading, logging, os, subprocess, sys, time
stop = threading.Event()
def talk():
    while not stop.wait(1e-4):
        print('thread'); sys.stderr.write('thread\n'); display('thread')
def tick():
    print('timer')
    if not stop.is_set(): threading.Timer(1e-4, tick).start()
threading.Thread(target=talk).start()
tick()`,
		"child = subprocess.Popen('while [ ! -e stop ]; do echo child; done', shell=True)",
		"background = os.system('(while [ ! -e stop ]; do echo background >&2; done) &')",
	} {
		if o := p.run(t, code); o.Error != nil {
			t.Fatal(o.Error.Traceback)
		}
	}
	for i := range 20 {
		o := p.run(t, fmt.Sprintf("time.sleep(0.01)\nprint('mine %d')", i))
		if want := fmt.Sprintf("mine %d\n", i); o.Stdout != want || o.Stderr != "" || len(o.Displays) != 0 {
			t.Errorf("stdout %.60q, stderr %.60q, %d displays", o.Stdout, o.Stderr, len(o.Displays))
		}
	}
	o := p.run(t, "t = threading.Thread(target=print, args=('own thread',)); t.start(); t.join()\nstop.set(); open('stop', 'w').close(); child.wait()")
	if o.Stdout != "own thread\n" {
		t.Errorf("stdout %q", o.Stdout)
	}
}

// TestLongOutput checks the bound of a stream and the file that has the rest.
func TestLongOutput(t *testing.T) {
	t.Parallel()
	const limit = 100 << 10
	p := start(t, Settings{MaxOutput: limit, MaxSpill: 40 << 20}, Options{MaxOutput: limit})
	for _, c := range []struct {
		name, code string
		total      int64
		truncated  bool
		file       bool
	}{
		{"at the limit", fmt.Sprintf("print('x' * %d)", limit-1), limit, false, false},
		{"head and tail", fmt.Sprintf("print('x' * %d)", limit+maxTail-1), limit + maxTail, false, false},
		{"one block", "print('x' * 999_999)", 1_000_000, true, true},
		{"lines", "for i in range(1_000_000): print(f'{i:09}')", 10_000_000, true, true},
		{"binary", "import os\nfor i in range(10): os.write(1, b'\\xff' * 100_000)", 1_000_000, true, true},
		{"a child", "!head -c 1000000 /dev/zero", 1_000_000, true, true},
		{"too much for a file", "for i in range(1000): print('x' * 99_999)", 100_000_000, true, false},
	} {
		o := p.run(t, c.code)
		if len(o.Truncated) == 0 {
			if c.truncated || int64(len(o.Stdout)) != c.total {
				t.Errorf("%s: %d bytes, error %v", c.name, len(o.Stdout), o.Error)
			}
			continue
		}
		cut := o.Truncated[0]
		if !c.truncated || cut.Stream != "stdout" || cut.Total != c.total || (cut.File != "") != c.file {
			t.Errorf("%s: %+v", c.name, o.Truncated)
		}
		if !strings.Contains(o.Stdout, "bytes left out") || len(o.Stdout) > 3*limit+4*maxTail {
			t.Errorf("%s: %d bytes", c.name, len(o.Stdout))
		}
		if !c.file {
			continue
		}
		info, err := os.Stat(filepath.Join(p.data, cut.File))
		if err != nil || info.Size() != c.total {
			t.Errorf("%s: file %v, %v", c.name, info, err)
		}
		if c.name != "lines" {
			continue
		}
		lines, err := os.ReadFile(filepath.Join(p.data, cut.File))
		if err != nil || !strings.HasPrefix(string(lines), "000000000\n000000001\n") || !strings.HasSuffix(string(lines), "000999998\n000999999\n") {
			t.Errorf("the lines are not in the file in order: %d bytes, %v", len(lines), err)
		}
	}
}

// TestGreeting checks that two greetings of one process make different numbers
// and bring it back to its folder.
func TestGreeting(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	const draw = "import random, numpy, os\n(random.random(), numpy.random.rand(), os.getcwd())"
	p.run(t, "import random, numpy, os; random.seed(1); numpy.random.seed(1); os.chdir('/')")
	first := p.value(t, draw)
	p.run(t, "random.seed(1); numpy.random.seed(1)")
	if err := p.greet(); err != nil {
		t.Fatal(err)
	}
	second := p.value(t, draw)
	if first == second || !strings.Contains(second, p.data) {
		t.Errorf("%s, %s", first, second)
	}
	if p.greeting.Python == "" || p.greeting.PID != p.cmd.Process.Pid {
		t.Errorf("%+v", p.greeting)
	}
}

// TestShadowing checks that files of the session do not take the place of
// modules that the kernel needs.
func TestShadowing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, name := range []string{"json", "sitecustomize", "usercustomize", "numpy", "IPython", "traceback", "html", "asyncio", "mine"} {
		source := "raise SystemError('shadowed')"
		if name == "mine" {
			source = "x = 1"
		}
		if err := os.WriteFile(filepath.Join(data, name+".py"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, Settings{Data: data}, Options{})
	if got := p.value(t, "import numpy, json, html, mine\n%timeit -n1 -r1 1\nmine.x"); got != "1" {
		t.Error(got)
	}
}

// TestSignal checks that a signal handler of the session does not run in the
// kernel.
func TestSignal(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import signal\ndef handler(*a): raise TimeoutError\nsignal.signal(signal.SIGALRM, handler)")
	if err := p.cmd.Process.Signal(syscall.SIGALRM); err != nil {
		t.Fatal(err)
	}
	if got := p.value(t, "signal.getsignal(signal.SIGALRM) is handler"); got != "true" {
		t.Error(got)
	}
	o := p.run(t, "import time\nsignal.setitimer(signal.ITIMER_REAL, 1e-3)\ntime.sleep(1000)")
	if o.Error == nil || o.Error.Name != "TimeoutError" {
		t.Errorf("%+v", o)
	}
}
