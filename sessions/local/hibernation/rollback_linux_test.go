package hibernation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// A death is a way to lose an interpreter, with what the run is told of it.
type death struct {
	code   string
	status sessions.Status
}

func deaths() []death {
	return []death{
		{"import os; os._exit(1)", sessions.Died},
		{"import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", sessions.Died},
		{"import ctypes; ctypes.string_at(8)", sessions.Died},
		{"x = b'x' * (2 << 30)", sessions.OutOfMemory},
		{"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", sessions.TimedOut},
	}
}

// kept waits until the state of a pool's only session is kept.
func kept(t *testing.T, pool *local.Pool) {
	t.Helper()
	for pool.Stats().Kept == 0 {
		localtest.Wait(t, 5*time.Millisecond)
	}
}

// die runs code that kills the interpreter, in time unless that is how.
func die(t *testing.T, pool *local.Pool, id sessions.ID, d death) *sessions.Execution {
	t.Helper()
	limit := 5 * time.Minute
	if d.status == sessions.TimedOut {
		limit = time.Second
	}
	x, err := pool.Execute(t.Context(), id, sessions.Request{Code: "open('/mnt/data/runs.txt', 'a').write('.'); late = 1\n" + d.code, Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	if x.Status != d.status {
		t.Fatalf("%s: %s, want %s", d.code, x.Status, d.status)
	}
	return x
}

const rollbackSetUp = `import random, uuid, hashlib, math
import numpy as np, pandas as pd
big = np.frombuffer(random.randbytes(%d << 20), dtype=np.uint8)
want = hashlib.sha256(big).hexdigest()
df = pd.DataFrame({"a": range(749)})
log = open("/mnt/data/log.txt", "w"); log.write("begin\n"); log.flush()
gen = (i * i for i in range(100)); taken = [next(gen), next(gen)]
rng, seeded = np.random.default_rng(), np.random.default_rng(7)
def double(x): return 2 * x
draws = lambda: (random.random(), np.random.rand(), rng.random(), str(uuid.uuid4()), seeded.random())
drawn = set()`

const rollbackLook = `now = draws()
[hashlib.sha256(big).hexdigest() == want, df.shape, log.tell(), taken, next(gen), double(4), math.pi > 3, "late" in globals(), len(open("/mnt/data/runs.txt").read()), *now]`

// TestRollback loses the interpreter in every way, again and again: each time it is back as
// it was before, with the files as they are, and other random numbers.
func TestRollback(t *testing.T) {
	t.Parallel()
	const megabytes = 20
	pool := localtest.New(t, local.Options{Rollback: true, Memory: 1 << 30})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, fmt.Sprintf(rollbackSetUp, megabytes))
	kept(t, pool)
	seen := map[string]bool{}
	for i, d := range deaths() {
		x := die(t, pool, id, d)
		if x.VariablesLost || x.Rollback == nil || *x.Rollback != (sessions.Rollback{Runs: 1}) {
			t.Fatalf("%s: lost %v, %+v", d.code, x.VariablesLost, x.Rollback)
		}
		if x.Variables == nil || x.Variables.Named[0].Name != "big" {
			t.Errorf("%s: it has %+v", d.code, x.Variables)
		}
		// This run only looks: the next death goes back to before it as well.
		y := localtest.Execute(t, pool, id, rollbackLook)
		text := strings.Join(strings.Fields(y.Text), " ")
		want := fmt.Sprintf("[True, (749, 1), 6, [0, 1], 4, 8, True, False, %d,", i+1)
		if !strings.HasPrefix(text, want) || y.Restart != "" || y.Rollback != nil {
			t.Fatalf("after %s: %s, %+v", d.code, text, y)
		}
		draws := strings.Split(strings.TrimSuffix(strings.TrimPrefix(text, want), "]"), ",")
		for _, draw := range draws[:len(draws)-1] {
			if seen[draw] {
				t.Errorf("after %s %s was drawn again", d.code, draw)
			}
			seen[draw] = true
		}
		kept(t, pool)
		if z := localtest.Execute(t, pool, id, "log.seek(6); gen = (i * i for i in range(100)); taken = [next(gen), next(gen)]; 1"); z.Text != "1" || z.Rollback != nil {
			t.Fatalf("after the look: %+v, error %+v", z, z.Error)
		}
		kept(t, pool)
	}
}

// TestRollbackSaysHowFar: a state that is older than the last run is said to be, one that a
// restart has made worthless is not used, and without any the variables are lost.
func TestRollbackSaysHowFar(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Rollback: true})
	id, exit := sessions.NewID(), deaths()[0]
	localtest.Execute(t, pool, id, "a = 1")
	kept(t, pool)
	localtest.Execute(t, pool, id, "b = 2")
	localtest.Execute(t, pool, id, "c = 3")
	if x := die(t, pool, id, exit); x.VariablesLost || x.Rollback == nil || x.Rollback.Runs != 3 {
		t.Errorf("three runs: lost %v, %+v", x.VariablesLost, x.Rollback)
	}
	if x := localtest.Execute(t, pool, id, "[n for n in 'abc' if n in globals()]"); x.Text != "['a']" {
		t.Errorf("it has %s", x.Text)
	}
	if _, err := pool.Execute(t.Context(), id, sessions.Request{Code: "d = 4", Restart: true}); err != nil {
		t.Fatal(err)
	}
	if x := die(t, pool, id, exit); !x.VariablesLost || x.Rollback != nil {
		t.Errorf("after a restart: lost %v, %+v", x.VariablesLost, x.Rollback)
	}
	if x := localtest.Execute(t, pool, id, "'d' in globals()"); x.Restart != sessions.RestartDied || x.Text != "False" {
		t.Errorf("the next run: %q, %s", x.Restart, x.Text)
	}
}

// TestRollbackAfterWaking: what a session was woken from is what it goes back to.
func TestRollbackAfterWaking(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Rollback: true, Cooldown: time.Millisecond})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "a = 1")
	sleep(t, pool, id)
	x := die(t, pool, id, deaths()[0])
	if x.VariablesLost || x.Rollback == nil || x.Rollback.Runs != 1 {
		t.Errorf("lost %v, %+v", x.VariablesLost, x.Rollback)
	}
	if x := localtest.Execute(t, pool, id, "a"); x.Text != "1" {
		t.Errorf("it has %s", x.Text)
	}
}

// TestNoRollback: a session in which something runs is not kept, nor is one that is too
// large for it.
func TestNoRollback(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"a thread": "import threading; t = threading.Timer(600, print); t.start()",
		"too much": "big = bytearray(700 << 20)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := localtest.New(t, local.Options{Rollback: true})
			id := sessions.NewID()
			localtest.Execute(t, pool, id, code)
			localtest.Wait(t, 3*time.Second) // longer than it takes until a state is kept
			if x := die(t, pool, id, deaths()[0]); !x.VariablesLost || x.Rollback != nil {
				t.Errorf("lost %v, %+v", x.VariablesLost, x.Rollback)
			}
		})
	}
}
