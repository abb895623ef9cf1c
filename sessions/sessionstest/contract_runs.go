package sessionstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// What the contract says about code that runs.

func testResult(t *testing.T, s *subject) {
	for _, test := range []struct{ code, want string }{
		{"6 * 7", `42`},
		{"", `""`},
		{"print('x')", `""`},
		{"None", `""`},
		{"True", `true`},
		{"1.5", `1.5`},
		{"'a\"b'", `"a\"b"`},
		{"'nan'", `"nan"`},
		{"float('nan')", `null`},
		{"10**30", `1000000000000000000000000000000`},
		{"['a', 'b']", `"['a', 'b']"`},
		{"{'k': (1, 2)}", `"{'k': (1, 2)}"`},
	} {
		if got := s.value(test.code); got != test.want {
			t.Errorf("%s gave %s, want %s", test.code, got, test.want)
		}
	}
}

func testState(t *testing.T, s *subject) {
	x := s.run("a = 5; b = 8; x = a*b\nprint(f\"Answer is {x}\")\nx")
	if x.Stdout != "Answer is 40\n" || string(x.Result) != "40" {
		t.Errorf("stdout %q, result %s", x.Stdout, x.Result)
	}
	first := x.Incarnation
	if got := s.value("x + 2"); got != "42" {
		t.Errorf("x + 2 is %s", got)
	}
	x = s.run("import sys; sys.stderr.write('oops')")
	if x.Stderr != "oops" || x.Incarnation == "" || x.Incarnation != first || x.NewSession {
		t.Errorf("stderr %q, incarnation %q then %q, new: %t", x.Stderr, first, x.Incarnation, x.NewSession)
	}
	if x.Duration <= 0 || x.Duration > time.Minute {
		t.Errorf("the run took %v", x.Duration)
	}
}

func testRaise(t *testing.T, s *subject) {
	x := s.run("print('before')\n1/0")
	if x.Status != sessions.Failed || x.Stdout != "before\n" || x.Error == nil {
		t.Fatalf("got %+v", x)
	}
	const want = "ZeroDivisionError: division by zero"
	if got := strings.TrimSpace(x.Error.Traceback); !strings.HasSuffix(got, want) {
		t.Errorf("the traceback ends in %q", got[max(0, len(got)-80):])
	}
	if strings.Contains(x.Error.Traceback, "\x1b") {
		t.Errorf("the traceback has colours: %q", x.Error.Traceback)
	}
	if got := s.value("1 + 1"); got != "2" {
		t.Errorf("afterwards 1 + 1 is %s", got)
	}
}

var pngMagic = []byte("\x89PNG\r\n\x1a\n")

func testFigures(t *testing.T, s *subject) {
	x := s.run(`import numpy as np, matplotlib.pyplot as plt
x = np.linspace(-1, 1, 400)
plt.plot(x, np.sin(x)); plt.title("sine"); plt.grid()
plt.show()
plt.figure(); plt.plot(x, x**2)
None`)
	if x.Status != sessions.Succeeded {
		t.Fatalf("%s %+v", x.Status, x.Error)
	}
	if len(x.Displays) == 0 {
		t.Fatalf("no figure; result %.80s", x.Result)
	}
	for i, d := range x.Displays {
		if !bytes.HasPrefix(d.Data["image/png"], pngMagic) {
			t.Errorf("display %d is no PNG", i)
		}
	}
	var image struct {
		Type   string `json:"type"`
		Format string `json:"format"`
		Data   []byte `json:"base64_data"`
	}
	if err := json.Unmarshal(x.Result, &image); err != nil || image.Type != "image" || image.Format != "png" ||
		!bytes.HasPrefix(image.Data, pngMagic) {
		t.Errorf("the result is %.80s (%v)", x.Result, err)
	}
	if x := s.run("1"); len(x.Displays) != 0 || string(x.Result) != "1" {
		t.Errorf("the next call still shows %d figures, result %.80s", len(x.Displays), x.Result)
	}
}

func testTimeOut(t *testing.T, s *subject) {
	s.run("kept = 1")
	x, err := s.Execute(t.Context(), s.id, sessions.Request{
		Code: "print('started', flush=True)\nwhile True: pass", Timeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	if x.Status != sessions.TimedOut || !strings.HasPrefix(x.Stdout, "started\n") {
		t.Fatalf("got %+v", x)
	}
	x = s.run("'kept' in globals()")
	if kept := string(x.Result) == "true"; !kept && x.Restart == "" {
		t.Error("the variables were lost and nobody said so")
	}
}

func testCancel(t *testing.T, s *subject) {
	s.run("1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() {
		s.await("started")
		cancel()
	})
	_, err := s.Execute(ctx, s.id, sessions.Request{
		Code:    "open('/mnt/data/started', 'w').close()\nwhile True: pass",
		Timeout: 20 * time.Second,
	})
	all.Wait()
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the canceled call returned %v", err)
	}
	if got := s.value("2 + 2"); got != "4" {
		t.Errorf("afterwards 2 + 2 is %s", got)
	}
}

// await waits until code that runs has made a file: not every pool tells what
// code prints before it ends.
func (s *subject) await(name string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := s.Stat(ctx, s.id, name)
		if err == nil {
			return
		}
		if !errors.Is(err, fs.ErrNotExist) {
			s.t.Errorf("Stat(%q): %v", name, err)
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Errorf("the code made no %q", name)
			return
		}
	}
}

func testDied(t *testing.T, s *subject) {
	s.run("v = 1; open('/mnt/data/kept.txt', 'w').write('here')")
	x := s.run("print('last words', flush=True)\nimport os; os._exit(7)")
	if x.Status != sessions.Died || x.VariablesLost == (x.Rollback != nil) || x.Stdout != "last words\n" {
		t.Fatalf("got %+v", x)
	}
	if x.Rollback != nil { // the session was idle for long enough
		if got := s.value("v, open('/mnt/data/kept.txt').read()"); got != `"(1, 'here')"` && x.Rollback.Runs == 1 {
			t.Errorf("rolled back, it has %s", got)
		}
		return
	}
	x = s.run("'v' in globals(), open('/mnt/data/kept.txt').read()")
	if x.Restart != sessions.RestartDied || x.Text != "(False, 'here')" {
		t.Errorf("the next run: restart %q, result %s", x.Restart, x.Text)
	}
	if x = s.run("1"); x.Restart != "" {
		t.Errorf("the run after that still tells of a restart: %q", x.Restart)
	}
}

// testRestart starts over, with code and without: variables and modules are gone, files
// are there, and the next run says nothing of it.
func testRestart(t *testing.T, s *subject) {
	first := s.run("import json as kept; v = 1; open('/mnt/data/kept.txt', 'w').write('here')")
	const look = "'v' in globals(), 'kept' in globals(), open('/mnt/data/kept.txt').read()"
	restart := func(code string) *sessions.Execution {
		x, err := s.Execute(t.Context(), s.id, sessions.Request{Code: code, Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		if x.Status != sessions.Succeeded || x.Restart != sessions.RestartAsked || x.VariablesLost || x.NewSession || x.Incarnation != first.Incarnation {
			t.Errorf("restarted with %q: %+v", code, x)
		}
		return x
	}
	if x := restart(look); x.Text != "(False, False, 'here')" {
		t.Errorf("the code finds %s", x.Text)
	}
	s.run("v = 2")
	if x := restart(""); x.Text != "" || x.Stdout != "" {
		t.Errorf("without code: %q, %q", x.Text, x.Stdout)
	}
	if x := s.run(look); x.Text != "(False, False, 'here')" || x.Restart != "" {
		t.Errorf("the run after it: %s, restart %q", x.Text, x.Restart)
	}
}

// testSabotage has code break what it shares with whatever serves it. The next
// run works, and has the variables.
func testSabotage(t *testing.T, s *subject) {
	s.run("v = 'kept'")
	for _, code := range []string{
		"import sys, os; sys.stdout.close(); os.close(1); os.close(2); os.close(0)",
		"import sys; sys.stdout = sys.stderr = sys.stdin = None",
		"import json; json.dumps = json.loads = None",
		"import builtins; told, builtins.print = print, lambda *a, **k: None",
		"builtins.print = told",
		"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
		"import threading, time\nthreading.Thread(target=lambda: [print('late') or time.sleep(.01) for _ in range(200)], daemon=True).start()",
		"import os\nif os.fork() == 0: raise SystemExit(3)",
		"import sys; sys.exit(0)",
		"import atexit; atexit.register(print, 'at exit')",
		"del __builtins__",
		"input('who?')",
	} {
		s.run(code)
		x := s.run("import sys\nsys.stdout.write('on it\\n')\nv")
		if x.Stdout != "on it\n" || x.Text != "'kept'" || x.Restart != "" {
			t.Errorf("after %q: %s, stdout %q, result %s, %+v", code, x.Status, x.Stdout, x.Text, x.Error)
		}
	}
}

// testEndlessOutput prints a gigabyte.
func testEndlessOutput(t *testing.T, s *subject) {
	x := s.run("v = 1\nfor i in range(1024): print('x' * ((1 << 20) - 1))")
	if x.Status != sessions.Succeeded || len(x.Truncated) != 1 || x.Truncated[0].Total != 1<<30 || len(x.Stdout) > 2<<20 {
		t.Errorf("%s, %d bytes kept, truncated %+v, %+v", x.Status, len(x.Stdout), x.Truncated, x.Error)
	}
	if got := s.value("v"); got != "1" {
		t.Errorf("afterwards v is %s", got)
	}
}
