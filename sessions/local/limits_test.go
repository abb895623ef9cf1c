package local_test

import (
	"cmp"
	"errors"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestLimits has one session run into each limit while another goes on.
func TestLimits(t *testing.T) {
	pool := localtest.New(t, local.Options{Memory: 700 << 20, Disk: 60 << 20, Processes: 60, MaxOutput: 64 << 10})
	bystander := sessions.NewID()
	localtest.Execute(t, pool, bystander, "v = 'here'")
	for _, test := range []struct {
		name, code string
		limit      time.Duration // a minute if it is zero, which nothing should take
		want       sessions.Status
		lost       bool
		next       sessions.Restart
		check      func(*testing.T, *sessions.Execution)
	}{
		{name: "memory", code: "b = b'x' * (2 << 30)", want: sessions.OutOfMemory, lost: true, next: sessions.RestartMemory},
		{name: "slow leak", code: "l = []\nwhile True: l.append(bytearray(b'x') * (1 << 20))", want: sessions.OutOfMemory, lost: true, next: sessions.RestartMemory},
		{name: "one big file", code: "open('big', 'wb').write(bytes(100 << 20))", want: sessions.Failed, check: raised("OSError")},
		{name: "many files", code: "import time\ni = 0\nwhile True: open(f'f{i}', 'wb').write(bytes(1 << 20)); i += 1; time.sleep(0.005)", want: sessions.DiskFull},
		{name: "processes", code: "import subprocess\nl = []\nwhile True: l.append(subprocess.Popen(['sleep', '60']))", want: sessions.Failed, check: raised("BlockingIOError")},
		{name: "threads", code: "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", want: sessions.Failed, check: raised("RuntimeError")},
		{name: "output", code: "for i in range(200_000): print(i)", want: sessions.Succeeded, check: truncated(1288890)},
		{name: "one line", code: "print('x' * (1 << 20))", want: sessions.Succeeded, check: truncated(1<<20 + 1)},
		{name: "deaf to interrupts", limit: time.Second, code: "import time\nwhile True:\n  try:\n    time.sleep(9)\n  except KeyboardInterrupt: pass", want: sessions.TimedOut, lost: true, next: sessions.RestartTimedOut, check: endedAfter(3 * time.Second)},
		{name: "takes interrupts for errors", limit: time.Second, code: "import time\nfor i in range(6):\n  try: time.sleep(0.9)\n  except: pass\n'through'", want: sessions.TimedOut},
		{name: "deaf in C", limit: time.Second, code: "len(str(7 ** 9_000_000)) if __import__('sys').set_int_max_str_digits(0) is None else 0", want: sessions.TimedOut, lost: true, next: sessions.RestartTimedOut, check: endedAfter(3 * time.Second)},
		{name: "hears the interrupt", limit: time.Second, code: "kept = 1\nwhile True: pass", want: sessions.TimedOut, check: endedAfter(time.Second)},
		{name: "segmentation fault", code: "import ctypes; ctypes.string_at(0)", want: sessions.Died, lost: true, next: sessions.RestartDied},
		{name: "runaway recursion", code: "f = lambda: f()\nf()", want: sessions.Failed, check: raised("RecursionError")},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := sessions.NewID()
			defer localtest.Stop(t, pool, id)
			localtest.Execute(t, pool, id, "mark = 1")
			x, err := pool.Execute(t.Context(), id, sessions.Request{Code: test.code, Timeout: cmp.Or(test.limit, time.Minute)})
			if err != nil {
				t.Fatal(err)
			}
			if x.Status != test.want || x.VariablesLost != test.lost {
				t.Fatalf("status %q, variables lost %v, error %+v, stderr %.200q", x.Status, x.VariablesLost, x.Error, x.Stderr)
			}
			if test.check != nil {
				test.check(t, x)
			}
			y := localtest.Execute(t, pool, id, "'mark' in globals()")
			if y.Restart != test.next || (string(y.Result) == "true") == test.lost {
				t.Errorf("the next run: restart %q, variables there: %s", y.Restart, y.Result)
			}
			if got := localtest.Execute(t, pool, bystander, "v").Text; got != "'here'" {
				t.Errorf("the other session says %s", got)
			}
		})
	}
}

// endedAfter checks when the code ended: at once where it heeds its interrupt, and
// after a grace of two seconds where it does not. A busy machine takes a while to
// kill.
func endedAfter(want time.Duration) func(*testing.T, *sessions.Execution) {
	return func(t *testing.T, x *sessions.Execution) {
		if x.Duration < want-100*time.Millisecond || x.Duration > want+4*time.Second {
			t.Errorf("it ended after %v, want about %v", x.Duration, want)
		}
	}
}

func raised(name string) func(*testing.T, *sessions.Execution) {
	return func(t *testing.T, x *sessions.Execution) {
		if x.Error == nil || x.Error.Name != name {
			t.Errorf("raised %+v, want %s", x.Error, name)
		}
	}
}

func truncated(total int64) func(*testing.T, *sessions.Execution) {
	return func(t *testing.T, x *sessions.Execution) {
		if len(x.Truncated) != 1 || x.Truncated[0].Total != total || x.Truncated[0].File == "" {
			t.Errorf("truncated: %+v", x.Truncated)
		}
		if len(x.Stdout) > 84<<10 {
			t.Errorf("%d bytes of output", len(x.Stdout))
		}
	}
}

func TestIdleSessionPassesLimit(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Memory: 500 << 20})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, `import threading
go, grown = threading.Event(), []
def grow():
    go.wait()
    while True: grown.append(bytearray(b'x') * (1 << 20))
threading.Thread(target=grow, daemon=True).start()
threading.Timer(0.2, go.set).start()`)
	for {
		x := localtest.Execute(t, pool, id, "1")
		if x.Restart == sessions.RestartMemory {
			return
		}
		if x.Restart != "" {
			t.Fatalf("restarted because %q", x.Restart)
		}
		localtest.Wait(t, 100*time.Millisecond)
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{MaxSessions: 2, Cooldown: time.Hour, OnIdle: local.Destroy})
	ids := []sessions.ID{sessions.NewID(), sessions.NewID(), sessions.NewID()}
	localtest.Execute(t, pool, ids[0], "1")
	localtest.Execute(t, pool, ids[1], "1")
	_, err := pool.Execute(t.Context(), ids[2], sessions.Request{Code: "1"})
	var full *sessions.CapacityError
	if !errors.As(err, &full) || full.Limit != 2 || full.RetryAfter < 59*time.Minute || full.RetryAfter > time.Hour {
		t.Fatalf("the third session: %v", err)
	}
	localtest.Stop(t, pool, ids[0])
	localtest.Execute(t, pool, ids[2], "1")
}

func TestCooldown(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: 300 * time.Millisecond, OnIdle: local.Destroy})
	id := sessions.NewID()
	first := localtest.Execute(t, pool, id, "import time; time.sleep(1); x = 1") // longer than the cooldown
	before := first.Incarnation
	if x := localtest.Execute(t, pool, id, "x"); x.Incarnation != before {
		t.Fatal("a session in use was destroyed")
	} else if !first.NewSession || x.NewSession {
		t.Errorf("made by the first call: %t, by the second: %t", first.NewSession, x.NewSession)
	}
	for {
		if _, err := pool.Describe(t.Context(), id); errors.Is(err, sessions.ErrNoSession) {
			break
		}
		localtest.Wait(t, 20*time.Millisecond)
	}
	if x := localtest.Execute(t, pool, id, "'x' in globals()"); x.Incarnation == before || string(x.Result) != "false" || !x.NewSession {
		t.Errorf("after its cooldown: %s, incarnation %q then %q", x.Result, before, x.Incarnation)
	}
}
