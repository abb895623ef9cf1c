// Package sessionstest tests pools. [TestPool] is the contract that every
// [sessions.Pool] keeps; [Fake] is a pool without sandboxes for tests of what
// uses one.
package sessionstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// TestPool tests that pool keeps the contract of [sessions.Pool], with real
// Python. The subtests run in parallel, each with sessions of its own, which it
// stops.
func TestPool(t *testing.T, pool sessions.Pool) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *subject)
	}{
		{"Result", testResult},
		{"State", testState},
		{"Raise", testRaise},
		{"Figures", testFigures},
		{"TimeOut", testTimeOut},
		{"Cancel", testCancel},
		{"Died", testDied},
		{"Sabotage", testSabotage},
		{"EndlessOutput", testEndlessOutput},
		{"Order", testOrder},
		{"ApartFromEachOther", testApart},
		{"Files", testFiles},
		{"FilesDuringRun", testFilesDuringRun},
		{"Replace", testReplace},
		{"HostileNames", testHostileNames},
		{"HostileIDs", testHostileIDs},
		{"Links", testLinks},
		{"Stop", testStop},
		{"EndedContext", testEndedContext},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, newSubject(t, pool))
		})
	}
}

// A subject is a session under test.
type subject struct {
	sessions.Pool
	t  *testing.T
	id sessions.ID
}

func newSubject(t *testing.T, pool sessions.Pool) *subject {
	s := &subject{Pool: pool, t: t, id: sessions.NewID()}
	t.Cleanup(func() {
		if err := pool.Stop(context.WithoutCancel(t.Context()), s.id); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return s
}

// run executes code that must not fail as a request.
func (s *subject) run(code string) *sessions.Execution {
	s.t.Helper()
	x, err := s.Execute(s.t.Context(), s.id, sessions.Request{Code: code})
	if err != nil {
		s.t.Fatalf("Execute(%q): %v", code, err)
	}
	return x
}

// value executes code and returns its result.
func (s *subject) value(code string) string {
	s.t.Helper()
	x := s.run(code)
	if x.Status != sessions.Succeeded {
		s.t.Fatalf("Execute(%q): %s, %+v, stderr %q", code, x.Status, x.Error, x.Stderr)
	}
	return string(x.Result)
}

func (s *subject) upload(name, text string) sessions.File {
	s.t.Helper()
	f, err := s.Upload(s.t.Context(), s.id, name, strings.NewReader(text))
	if err != nil {
		s.t.Fatalf("Upload(%q): %v", name, err)
	}
	return f
}

func (s *subject) download(name string) string {
	s.t.Helper()
	_, r, err := s.Download(s.t.Context(), s.id, name)
	if err != nil {
		s.t.Fatalf("Download(%q): %v", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		s.t.Fatalf("Download(%q): %v", name, err)
	}
	return string(data)
}

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
	if x.Stderr != "oops" || x.Incarnation == "" || x.Incarnation != first {
		t.Errorf("stderr %q, incarnation %q then %q", x.Stderr, first, x.Incarnation)
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
	if x.Status != sessions.Died || !x.VariablesLost || x.Stdout != "last words\n" {
		t.Fatalf("got %+v", x)
	}
	x = s.run("'v' in globals(), open('/mnt/data/kept.txt').read()")
	if x.Restart != sessions.RestartDied || x.Text != "(False, 'here')" {
		t.Errorf("the next run: restart %q, result %s", x.Restart, x.Text)
	}
	if x = s.run("1"); x.Restart != "" {
		t.Errorf("the run after that still tells of a restart: %q", x.Restart)
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

// testOrder starts executions one after the other without waiting for them.
func testOrder(t *testing.T, s *subject) {
	s.run("seen = []")
	const n = 20
	var all sync.WaitGroup
	for i := range n {
		queued := make(chan struct{})
		all.Go(func() {
			var once sync.Once
			_, err := s.Execute(t.Context(), s.id, sessions.Request{
				Code:   fmt.Sprintf("seen.append(%d)", i),
				Events: func(sessions.Event) { once.Do(func() { close(queued) }) },
			})
			once.Do(func() { close(queued) })
			if err != nil {
				t.Error(err)
			}
		})
		<-queued
	}
	all.Wait()
	if got := s.value("sorted(seen) == list(range(20)) and len(seen)"); got != "20" {
		t.Errorf("of 20 runs: %s", got)
	}
}

// testApart has concurrent callers on sessions of their own.
func testApart(t *testing.T, s *subject) {
	var all sync.WaitGroup
	for i := range 3 {
		other := newSubject(t, s.Pool)
		all.Go(func() {
			token := string(sessions.NewID())
			if _, err := other.Upload(t.Context(), other.id, "mine.txt", strings.NewReader(token)); err != nil {
				t.Error(err)
				return
			}
			for range 5 {
				x, err := other.Execute(t.Context(), other.id, sessions.Request{
					Code: fmt.Sprintf("n = globals().get('n', %d) + 1; n, open('/mnt/data/mine.txt').read()", 100*i)})
				if err != nil {
					t.Error(err)
					return
				}
				if !strings.Contains(x.Text, token) {
					t.Errorf("session %d reads %s", i, x.Text)
				}
			}
			x, err := other.Execute(t.Context(), other.id, sessions.Request{Code: "n"})
			if err != nil || string(x.Result) != fmt.Sprint(100*i+5) {
				t.Errorf("session %d counted to %+v, %v", i, x, err)
			}
		})
	}
	all.Wait()
}

func testFiles(t *testing.T, s *subject) {
	f := s.upload("important_data.json", `{"important_data": [1, 10, -1541]}`)
	if f.Path() != "/mnt/data/important_data.json" || f.Size != 34 {
		t.Errorf("Upload returned %+v", f)
	}
	if got := s.value("import json\nsum(json.load(open('/mnt/data/important_data.json'))['important_data'])"); got != "-1530" {
		t.Errorf("the sum is %s", got)
	}
	before := time.Now().Add(-time.Minute)
	s.upload("another.txt", "brought, not made")
	x := s.run(`with open("/mnt/data/hello.txt", "w") as f: f.write("Hello from session!")`)
	if len(x.Files) != 1 || x.Files[0].Name != "hello.txt" || x.Files[0].Size != 19 {
		t.Errorf("files of the run: %+v", x.Files)
	}
	l, err := s.List(t.Context(), s.id, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Files) != 3 || l.Files[1].Name != "hello.txt" || l.Files[2].Name != "important_data.json" {
		t.Fatalf("List: %+v", l)
	}
	if l.Files[1].Size != 19 || l.Files[1].Modified.Before(before) {
		t.Errorf("List: %+v", l.Files[1])
	}
	if got := s.download("/mnt/data/hello.txt"); got != "Hello from session!" {
		t.Errorf("downloaded %q", got)
	}
	binary := string([]byte{0, 255, 10, 13, 0xc3, 0x28})
	s.upload("bin/raw.dat", binary)
	if got := s.download("bin/raw.dat"); got != binary {
		t.Errorf("downloaded %q", got)
	}
	if err := s.Delete(t.Context(), s.id, "hello.txt"); err != nil {
		t.Error(err)
	}
	assertMissing(t, s, "hello.txt")
}

// assertMissing asserts that there is no such file.
func assertMissing(t *testing.T, s *subject, name string) {
	t.Helper()
	_, statErr := s.Stat(t.Context(), s.id, name)
	_, _, downloadErr := s.Download(t.Context(), s.id, name)
	deleteErr := s.Delete(t.Context(), s.id, name)
	for op, err := range map[string]error{"Stat": statErr, "Download": downloadErr, "Delete": deleteErr} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of a missing file: %v", op, err)
		}
	}
}

// testFilesDuringRun shows that file operations do not wait for code.
func testFilesDuringRun(t *testing.T, s *subject) {
	s.run("1")
	var all sync.WaitGroup
	all.Go(func() {
		x, err := s.Execute(t.Context(), s.id, sessions.Request{
			Code: `open("/mnt/data/up", "w").close()
import os, time
while not os.path.exists("/mnt/data/go"): time.sleep(0.01)
"went"`,
			Timeout: 30 * time.Second,
		})
		if err != nil || string(x.Result) != `"went"` {
			t.Errorf("%+v, %v", x, err)
		}
	})
	s.await("up")
	s.upload("go", "now")
	all.Wait()
}

func testReplace(t *testing.T, s *subject) {
	s.upload("a.txt", "a long first version")
	s.upload("a.txt", "short")
	if got := s.download("a.txt"); got != "short" {
		t.Errorf("downloaded %q", got)
	}
	boom := errors.New("boom")
	_, err := s.Upload(t.Context(), s.id, "a.txt", io.MultiReader(strings.NewReader("half"), failing{boom}))
	if !errors.Is(err, boom) {
		t.Errorf("a broken upload: %v", err)
	}
	if got := s.download("a.txt"); got != "short" {
		t.Errorf("after a broken upload: %q", got)
	}
	if l, err := s.List(t.Context(), s.id, "", true); err != nil || len(l.Files) != 1 {
		t.Errorf("List: %+v, %v", l, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// HostileNames are file names that every pool refuses.
func HostileNames() []string {
	return []string{
		"", ".", "..", "../x", `..\x`, "a/../../x", "/etc/passwd", "/mnt/data/../../etc/passwd",
		"/mnt/data_evil/x", "/mnt/data", "nul\x00byte", "new\nline", "tab\there", "\xff\xfe",
		strings.Repeat("n", 256), "dir/" + strings.Repeat("n", 256), strings.Repeat("a/", 600) + "x",
		"right\u202eleft",
	}
}

func testHostileNames(t *testing.T, s *subject) {
	for _, name := range HostileNames() {
		_, uploadErr := s.Upload(t.Context(), s.id, name, strings.NewReader("x"))
		_, _, downloadErr := s.Download(t.Context(), s.id, name)
		_, statErr := s.Stat(t.Context(), s.id, name)
		deleteErr := s.Delete(t.Context(), s.id, name)
		for op, err := range map[string]error{"Upload": uploadErr, "Download": downloadErr, "Stat": statErr, "Delete": deleteErr} {
			if !errors.Is(err, sessions.ErrInvalidName) {
				t.Errorf("%s(%q): %v", op, name, err)
			}
		}
	}
	// Odd, but names like any other.
	for _, name := range []string{"CON", "%2e%2e%2fx", "a b", "q?x=1", "h#h", "&identifier=other", "ünï☃", "-rf", "...", strings.Repeat("n", 255)} {
		s.upload(name, name)
		if got := s.download(name); got != name {
			t.Errorf("%q came back as %q", name, got)
		}
	}
}

func testHostileIDs(t *testing.T, s *subject) {
	for _, id := range []sessions.ID{"", "abc", "with space", "new\nline", "\x00\x00\x00\x00", "ünïcode", sessions.ID(strings.Repeat("x", 129))} {
		if _, err := s.Execute(t.Context(), id, sessions.Request{Code: "1"}); !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("Execute as %q: %v", string(id), err)
		}
		if _, err := s.List(t.Context(), id, "", false); !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("List as %q: %v", string(id), err)
		}
		if err := s.Stop(t.Context(), id); !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("Stop as %q: %v", string(id), err)
		}
	}
}

// testLinks has code plant what a host that is careless would follow.
func testLinks(t *testing.T, s *subject) {
	s.run(`import os
os.symlink("/etc", "/mnt/data/etc")
os.symlink("/etc/passwd", "/mnt/data/passwd")
os.symlink("../../../../../../../etc/passwd", "/mnt/data/up")
os.symlink("/", "/mnt/data/root")
os.mkfifo("/mnt/data/pipe")
open("/mnt/data/real", "w").write("real")
os.symlink("real", "/mnt/data/inside")`)
	for _, name := range []string{"passwd", "up", "etc/passwd", "root/etc/passwd", "pipe", "etc"} {
		if _, r, err := s.Download(t.Context(), s.id, name); err == nil {
			data, _ := io.ReadAll(r)
			r.Close()
			t.Errorf("Download(%q) gave %.40q", name, data)
		}
	}
	for _, name := range []string{"etc/planted", "root/planted"} {
		if _, err := s.Upload(t.Context(), s.id, name, strings.NewReader("x")); err == nil {
			t.Errorf("Upload(%q) went through a link", name)
		}
	}
	if got := s.download("inside"); got != "real" {
		t.Errorf("a link to a file of the session gave %q", got)
	}
	l, err := s.List(t.Context(), s.id, "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range l.Files {
		if f.Name != "real" && f.Name != "inside" {
			t.Errorf("List has %q", f.Name)
		}
	}
	if l.Omitted == 0 {
		t.Error("List does not say that it left something out")
	}
}

func testStop(t *testing.T, s *subject) {
	first := s.run("v = 1").Incarnation
	s.upload("f", "x")
	d, err := s.Describe(t.Context(), s.id)
	if err != nil || d.Incarnation != first || d.Expires.Before(d.LastUsed) {
		t.Errorf("Describe: %+v, %v", d, err)
	}
	for range 2 {
		if err := s.Stop(t.Context(), s.id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Describe(t.Context(), s.id); !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("Describe of a stopped session: %v", err)
	}
	x := s.run("'v' in globals()")
	if string(x.Result) != "false" || x.Incarnation == first {
		t.Errorf("after Stop: %s, incarnation %q then %q", x.Result, first, x.Incarnation)
	}
	if l, err := s.List(t.Context(), s.id, "", true); err != nil || len(l.Files) != 0 {
		t.Errorf("after Stop the files are %+v, %v", l, err)
	}
}

func testEndedContext(t *testing.T, s *subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, execErr := s.Execute(ctx, s.id, sessions.Request{Code: "1"})
	_, uploadErr := s.Upload(ctx, s.id, "x", strings.NewReader("x"))
	_, listErr := s.List(ctx, s.id, "", false)
	for op, err := range map[string]error{"Execute": execErr, "Upload": uploadErr, "List": listErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v", op, err)
		}
	}
	if got := s.value("1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}
