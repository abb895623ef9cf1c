package local_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// sleep waits until a session sleeps.
func sleep(t *testing.T, pool *local.Pool, id sessions.ID) {
	t.Helper()
	for !pool.Asleep(id) {
		wait(t, 5*time.Millisecond)
	}
}

// TestHibernate puts a session to sleep time and again, with all that is hard
// to keep.
func TestHibernate(t *testing.T) {
	t.Parallel()
	pool := newPool(t, local.Options{Cooldown: time.Millisecond})
	id := sessions.NewID()
	first := execute(t, pool, id, `import threading, time, random, os
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
	for i := 1; i <= 5; i++ {
		sleep(t, pool, id)
		x := execute(t, pool, id, fmt.Sprintf(`taken.append(next(gen)); log.write("line %d\n"); log.flush()
n = len(ticks); deadline = time.monotonic() + 5
while len(ticks) == n and time.monotonic() < deadline: time.sleep(0.01)
[taken == [j * j for j in range(%d)], len(ticks) > n, int(array[-1]), os.getcwd(), len(ax.lines), abs(time.time() - %d) < 30]`, i, i+1, time.Now().Unix()))
		const want = "[True, True, 998001, '/mnt/data/sub', 1, True]"
		if x.Text != want || x.Restart != "" || x.Incarnation != first {
			t.Fatalf("woken for the time %d: %s, restart %q, %+v", i, x.Text, x.Restart, x.Error)
		}
	}
	// The generator goes on where it was: nobody has seeded it anew.
	x := execute(t, pool, id, "r = random.Random(7); r.random() == before and r.random() == random.random()")
	if string(x.Result) != "true" {
		t.Errorf("random goes on: %s", x.Text)
	}
	x = execute(t, pool, id, "display(fig)\nopen('log.txt').read()")
	if len(x.Displays) != 1 || !strings.Contains(x.Text, `begin\nline 1\nline 2\nline 3\nline 4\nline 5\n`) {
		t.Errorf("%d figures, the file has %s", len(x.Displays), x.Text)
	}
}

// TestFilesOfSleeper shows that file operations do not wake a session.
func TestFilesOfSleeper(t *testing.T) {
	t.Parallel()
	pool := newPool(t, local.Options{Cooldown: time.Millisecond})
	id := sessions.NewID()
	execute(t, pool, id, "v = 1; open('a.txt', 'w').write('hello')")
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
	if !pool.Asleep(id) {
		t.Error("a file operation woke the session")
	}
	if x := execute(t, pool, id, "v, open('b.txt').read()"); x.Text != "(1, 'new')" {
		t.Errorf("woken: %s %+v", x.Text, x.Error)
	}
}

// TestSleepersTakeNoPlace has more sessions than may be awake.
func TestSleepersTakeNoPlace(t *testing.T) {
	t.Parallel()
	pool := newPool(t, local.Options{Cooldown: time.Millisecond, MaxSessions: 2})
	var ids []sessions.ID
	for i := range 6 {
		id := sessions.NewID()
		execute(t, pool, id, fmt.Sprintf("mine = %d", i))
		ids = append(ids, id)
		sleep(t, pool, id)
	}
	for _, i := range rand.Perm(len(ids)) {
		if x := execute(t, pool, ids[i], "mine"); string(x.Result) != fmt.Sprint(i) {
			t.Errorf("session %d says %s, restart %q", i, x.Result, x.Restart)
		}
		sleep(t, pool, ids[i])
	}
}

// TestSleepBounds destroys sleepers that take too much room.
func TestSleepBounds(t *testing.T) {
	t.Parallel()
	pool := newPool(t, local.Options{Cooldown: time.Millisecond, SleepDisk: 1})
	id := sessions.NewID()
	before := execute(t, pool, id, "v = 1").Incarnation
	for {
		if _, err := pool.Describe(t.Context(), id); err != nil {
			break
		}
		wait(t, 20*time.Millisecond)
	}
	if x := execute(t, pool, id, "'v' in globals()"); x.Incarnation == before || string(x.Result) != "false" {
		t.Errorf("%s, incarnation %q then %q", x.Result, before, x.Incarnation)
	}
}

// TestDamagedState wakes a session whose state is garbage.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	pool := newPool(t, local.Options{Cooldown: time.Millisecond, CacheDir: cache})
	id := sessions.NewID()
	execute(t, pool, id, "v = 1; open('kept.txt', 'w').write('here')")
	sleep(t, pool, id)
	damage(t, filepath.Join(cache, "run", "*", "box-*", "state", "pages.img"))
	x := execute(t, pool, id, "'v' in globals(), open('kept.txt').read()")
	if x.Restart != sessions.RestartSleep || x.Text != "(False, 'here')" {
		t.Errorf("restart %q, %s, %+v", x.Restart, x.Text, x.Error)
	}
}

// TestDamagedSnapshot starts over a snapshot that is garbage.
func TestDamagedSnapshot(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	for range 2 {
		pool, err := local.New(local.Options{CacheDir: cache})
		if err != nil {
			t.Fatal(err)
		}
		execute(t, pool, sessions.NewID(), "1")
		if err := pool.Close(); err != nil {
			t.Fatal(err)
		}
		damage(t, filepath.Join(cache, "snapshots", "*", "pages.img"))
	}
}

// privateCache returns a cache folder that shares nothing but the installed
// interpreter with the user's.
func privateCache(t *testing.T) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	shared := newPool(t, local.Options{})
	execute(t, shared, sessions.NewID(), "1") // installs what is not there
	dir := t.TempDir()
	found, err := filepath.Glob(filepath.Join(user, "dynamic-sessions-mcp", "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	for _, path := range found {
		if name := filepath.Base(path); strings.HasPrefix(name, "python-") || strings.HasPrefix(name, "engine-") {
			if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// damage changes bytes in the middle of the one file that matches.
func damage(t *testing.T, pattern string) {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	f, err := os.OpenFile(found[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("garbage ", 1000)), 1<<20); err != nil {
		t.Fatal(err)
	}
}
