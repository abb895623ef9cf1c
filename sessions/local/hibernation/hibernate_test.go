package hibernation_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// sleep waits until a session of a pool sleeps whose others do.
func sleep(t *testing.T, pool *local.Pool, id sessions.ID) {
	t.Helper()
	for !allAsleep(pool) {
		localtest.Wait(t, 5*time.Millisecond)
	}
	if _, err := pool.Describe(t.Context(), id); err != nil {
		t.Errorf("a session that should sleep: %v", err)
	}
}

// allAsleep reports whether every session of a pool sleeps.
func allAsleep(pool *local.Pool) bool {
	st := pool.Stats()
	return st.InUse == 0 && st.Idle == 0 && st.Asleep > 0
}

// TestHibernate puts a session to sleep time and again, with all that is hard
// to keep.
func TestHibernate(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond})
	id := sessions.NewID()
	first := localtest.Execute(t, pool, id, `import threading, time, random, os
import numpy as np, matplotlib.pyplot as plt
os.makedirs("/mnt/data/sub"); os.chdir("/mnt/data/sub")
log = open("log.txt", "w"); log.write("begin\n"); log.flush()
ticks = []
def tick():
    ticks.append(time.monotonic())
    timer = threading.Timer(0.02, tick); timer.daemon = True; timer.start()
tick()
array = np.arange(1000) ** 2
fig, ax = plt.subplots(); ax.plot(array)
plt.close(fig)
gen = (i * i for i in range(100)); taken = [next(gen)]
random.seed(7); before = random.random()`).Incarnation
	const times = 20
	var lines strings.Builder
	for i := 1; i <= times; i++ {
		fmt.Fprintf(&lines, `line %d\n`, i)
		sleep(t, pool, id)
		x := localtest.Execute(t, pool, id, fmt.Sprintf(`taken.append(next(gen)); log.write("line %d\n"); log.flush()
n = len(ticks); deadline = time.monotonic() + 5
while len(ticks) == n and time.monotonic() < deadline: time.sleep(0.01)
[taken == [j * j for j in range(%d)], len(ticks) > n, int(array[-1]), os.getcwd(), len(ax.lines), abs(time.time() - %d) < 30]`, i, i+1, time.Now().Unix()))
		const want = "[True, True, 998001, '/mnt/data/sub', 1, True]"
		if x.Text != want || x.Restart != "" || x.Incarnation != first {
			t.Fatalf("woken for the time %d: %s, restart %q, %+v", i, x.Text, x.Restart, x.Error)
		}
	}
	// The generator goes on where it was: nobody has seeded it anew.
	x := localtest.Execute(t, pool, id, "r = random.Random(7); r.random() == before and r.random() == random.random()")
	if string(x.Result) != "true" {
		t.Errorf("random goes on: %s", x.Text)
	}
	x = localtest.Execute(t, pool, id, "display(fig)\nopen('log.txt').read()")
	if len(x.Displays) != 1 || !strings.Contains(x.Text, `begin\n`+lines.String()) {
		t.Errorf("%d figures, the file has %s", len(x.Displays), x.Text)
	}
}

// TestFilesOfSleeper shows that file operations do not wake a session.
func TestFilesOfSleeper(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "v = 1; open('a.txt', 'w').write('hello')")
	sleep(t, pool, id)
	_, r, err := pool.Download(t.Context(), id, "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if text, err := io.ReadAll(r); err != nil || string(text) != "hello" {
		t.Errorf("downloaded %q, %v", text, err)
	}
	if _, err := pool.Upload(t.Context(), id, "b.txt", strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	if !allAsleep(pool) {
		t.Error("a file operation woke the session")
	}
	if x := localtest.Execute(t, pool, id, "v, open('b.txt').read()"); x.Text != "(1, 'new')" {
		t.Errorf("woken: %s %+v", x.Text, x.Error)
	}
}

// TestSleepersTakeNoPlace has more sessions than may be awake.
func TestSleepersTakeNoPlace(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, MaxSessions: 2})
	var ids []sessions.ID
	for i := range 6 {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, fmt.Sprintf("mine = %d", i))
		ids = append(ids, id)
		sleep(t, pool, id)
	}
	for _, i := range rand.Perm(len(ids)) {
		if x := localtest.Execute(t, pool, ids[i], "mine"); string(x.Result) != fmt.Sprint(i) {
			t.Errorf("session %d says %s, restart %q", i, x.Result, x.Restart)
		}
		sleep(t, pool, ids[i])
	}
}

// TestSleepBounds has two sessions sleep where there is room for one: the one
// that sleeps longer is destroyed.
func TestSleepBounds(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, SleepDisk: 100 << 20})
	first, second := sessions.NewID(), sessions.NewID()
	const code = "import os; v = os.urandom(60 << 20)"
	before := localtest.Execute(t, pool, first, code).Incarnation
	sleep(t, pool, first)
	localtest.Execute(t, pool, second, code)
	for {
		if _, err := pool.Describe(t.Context(), first); err != nil {
			break
		}
		localtest.Wait(t, 20*time.Millisecond)
	}
	if x := localtest.Execute(t, pool, second, "len(v)"); string(x.Result) != "62914560" || x.Restart != "" {
		t.Errorf("the second: %s, restart %q", x.Result, x.Restart)
	}
	if x := localtest.Execute(t, pool, first, "'v' in globals()"); x.Incarnation == before || string(x.Result) != "false" {
		t.Errorf("the first: %s, incarnation %q then %q", x.Result, before, x.Incarnation)
	}
}

// TestStateTooLarge puts a session to sleep whose state would not fit if it were
// the only one. It loses its variables, which is said, and no other sleeper has
// to make room.
func TestStateTooLarge(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, SleepDisk: 100 << 20})
	small, large := sessions.NewID(), sessions.NewID()
	localtest.Execute(t, pool, small, "v = 1")
	sleep(t, pool, small)
	before := localtest.Execute(t, pool, large, "import os; v = os.urandom(110 << 20); open('a.txt', 'w').write('here')").Incarnation
	sleep(t, pool, large)
	x := localtest.Execute(t, pool, large, "'v' in globals(), open('a.txt').read()")
	if x.Text != "(False, 'here')" || x.Restart != sessions.RestartSleep || x.Incarnation != before {
		t.Errorf("the large one: %s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
	if x := localtest.Execute(t, pool, small, "v"); string(x.Result) != "1" || x.Restart != "" {
		t.Errorf("the small one: %s, restart %q", x.Result, x.Restart)
	}
}

// stateOf returns the state of the one session of a cache that sleeps.
func stateOf(t *testing.T, cache string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cache, "run", "*", "box-*", "state"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

// TestStateIsSmall bounds what a session takes on the disk while it sleeps.
func TestStateIsSmall(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, CacheDir: cache})
	for _, tt := range []struct {
		code string
		most int64
	}{
		{"x = 1", 1e6},
		{"import pandas as pd, numpy as np; df = pd.DataFrame({'a': np.random.rand(100_000), 'b': range(100_000)}); df.describe()", 5e6},
		{"import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()", 5e6},
	} {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, tt.code)
		sleep(t, pool, id)
		size := fileSize(t, stateOf(t, cache))
		t.Logf("%d kB after %s", size/1000, tt.code)
		if size > tt.most {
			t.Errorf("%d bytes after %s, want at most %d", size, tt.code, tt.most)
		}
		if err := pool.Stop(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedState wakes sessions whose state is not what they left behind.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, CacheDir: cache, Warm: -1})
	asleep := func() (sessions.ID, string) {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, "v = 1; open('kept.txt', 'w').write('here')")
		sleep(t, pool, id)
		return id, stateOf(t, cache)
	}
	id, state := asleep()
	foreign, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := pool.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(path string) error{
		"garbage within": func(path string) error { damage(t, path); return nil },
		"all garbage":    func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("garbage ", 9999)), 0o600) },
		"cut off":        func(path string) error { return os.Truncate(path, 30_000) },
		"empty":          func(path string) error { return os.Truncate(path, 0) },
		"gone":           os.Remove,
		"of another":     func(path string) error { return os.WriteFile(path, foreign, 0o600) },
		"its snapshot": func(string) error {
			damage(t, filepath.Join(cache, "snapshots", "*", "pages.img"))
			return nil
		},
		"its heap": func(string) error {
			damage(t, filepath.Join(cache, "snapshots", "*", "heap", "*"))
			return nil
		},
	} {
		id, state := asleep()
		if err := spoil(state); err != nil {
			t.Fatal(err)
		}
		x := localtest.Execute(t, pool, id, "'v' in globals(), open('kept.txt').read()")
		if x.Restart != sessions.RestartSleep || x.Text != "(False, 'here')" {
			t.Errorf("%s: restart %q, %s, %+v", name, x.Restart, x.Text, x.Error)
		}
		if err := pool.Stop(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(cache, "run", "*", "image-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestSnapshotRemovedUnderSleeper wakes a session whose snapshot another
// process has removed.
func TestSnapshotRemovedUnderSleeper(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, CacheDir: cache})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "v = 1")
	sleep(t, pool, id)
	if err := os.RemoveAll(filepath.Join(cache, "snapshots")); err != nil {
		t.Fatal(err)
	}
	if x := localtest.Execute(t, pool, id, "v"); x.Text != "1" || x.Restart != "" {
		t.Errorf("%s, restart %q", x.Text, x.Restart)
	}
	if x := localtest.Execute(t, pool, sessions.NewID(), "2"); x.Text != "2" {
		t.Errorf("another session: %s, %+v", x.Text, x.Error)
	}
}

// TestDamagedSnapshot starts over snapshots of which one file each is damaged.
// Nothing is restored from such a one: it is made again, and is whole then.
func TestDamagedSnapshot(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	use := func() {
		pool, err := local.New(local.Options{CacheDir: cache, Warm: -1, Isolation: localtest.Isolation()})
		if err != nil {
			t.Fatal(err)
		}
		localtest.Execute(t, pool, sessions.NewID(), "1")
		if err := pool.Close(); err != nil {
			t.Fatal(err)
		}
	}
	use()
	for _, name := range []string{"pages.img", "checkpoint.img", "sums.json", "heap/*"} {
		path := filepath.Join(cache, "snapshots", "*", name)
		damage(t, path)
		damaged := read(t, path)
		use()
		if now := read(t, path); now == damaged || strings.Contains(now, "garbage garbage") {
			t.Errorf("%s is still the damaged one", name)
		}
		whole := read(t, path)
		if use(); read(t, path) != whole {
			t.Errorf("%s: a snapshot that is whole was made again", name)
		}
	}
}

// read returns what is in the one file that matches.
func read(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// privateCache returns a cache folder that shares nothing but the installed
// interpreter with the user's, and has a copy of the snapshot of a pool with the
// defaults.
func privateCache(t *testing.T) string {
	t.Helper()
	common := commonCache(t)
	dir := t.TempDir()
	linkInstallation(t, common, dir)
	copySnapshot(t, filepath.Join(common, "snapshots"), filepath.Join(dir, "snapshots"))
	return dir
}

// common is the cache folder from which private ones are copied. No pool but one
// with the defaults uses it, so that it has one snapshot, as the user's need not.
// TestMain makes and removes the folder.
var common struct {
	filling sync.Mutex
	filled  bool
	dir     string
}

// commonCache returns the folder common with an interpreter and a snapshot in it.
func commonCache(t *testing.T) string {
	t.Helper()
	common.filling.Lock()
	defer common.filling.Unlock()
	if common.filled {
		return common.dir
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	localtest.Execute(t, localtest.New(t, local.Options{}), sessions.NewID(), "1") // installs what is not there
	linkInstallation(t, filepath.Join(user, "dynamic-sessions-mcp"), common.dir)
	localtest.Execute(t, localtest.New(t, local.Options{CacheDir: common.dir, Warm: -1}), sessions.NewID(), "1")
	common.filled = true
	return common.dir
}

// linkInstallation gives the cache folder to the interpreter of another.
func linkInstallation(t *testing.T, from, to string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	for _, path := range found {
		if name := filepath.Base(path); strings.HasPrefix(name, "python-") || strings.HasPrefix(name, "engine-") {
			if err := os.Symlink(path, filepath.Join(to, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// copySnapshot copies the snapshot in a folder.
func copySnapshot(t *testing.T, from, to string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(from, "*", "sums.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the snapshots are %v, %v", found, err)
	}
	snapshot := filepath.Dir(found[0])
	if err := os.CopyFS(filepath.Join(to, filepath.Base(snapshot)), os.DirFS(snapshot)); err != nil {
		t.Fatal(err)
	}
}

// damage changes bytes in the middle of every file that matches.
func damage(t *testing.T, pattern string) {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte(strings.Repeat("garbage ", 1000)), info.Size()/2); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTaskKeepsAwake: a session with a task of asyncio is not put to sleep until that is
// done.
func TestTaskKeepsAwake(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "import asyncio\nsteps = []\nasync def work():\n    for i in range(30): await asyncio.sleep(.1); steps.append(i)\ntask = asyncio.create_task(work())")
	for until := time.Now().Add(2500 * time.Millisecond); time.Now().Before(until); localtest.Wait(t, 5*time.Millisecond) {
		if allAsleep(pool) {
			t.Fatal("asleep, with a task")
		}
	}
	sleep(t, pool, id)
	if x := localtest.Execute(t, pool, id, "len(steps)"); x.Text != "30" {
		t.Errorf("woken: %s", x.Text)
	}
}
