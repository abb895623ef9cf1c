package hibernation_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"

	"github.com/rs/zerolog"
)

// namedPool returns a pool with a named session, and what closes it.
func namedPool(t *testing.T, opts local.Options) (*local.Pool, func()) {
	t.Helper()
	opts.MaxSessions = 1
	if opts.Isolation == "" {
		opts.Isolation = localtest.Isolation()
	}
	opts.Logger = zerolog.New(zerolog.NewTestWriter(t))
	pool, err := local.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	closePool := func() {
		if err := pool.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	t.Cleanup(closePool)
	return pool, closePool
}

// instanceOf returns the folder of the one named session of a cache.
func instanceOf(t *testing.T, cache string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cache, "kept", "*", "box"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

// TestNamed finds a session again in the next pool, whatever became of the one
// before it.
func TestNamed(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	id := sessions.NewID()
	opts := local.Options{Named: id, CacheDir: cache}

	pool, end := namedPool(t, opts)
	first := localtest.Execute(t, pool, id, `import numpy as np, os
os.makedirs("/mnt/data/sub"); os.chdir("/mnt/data/sub")
log = open("log.txt", "w"); log.write("one "); log.flush()
gen = iter(range(10)); next(gen)
array = np.arange(5)`)
	before := time.Now()
	end()
	t.Logf("closing took %v, the state takes %d kB", time.Since(before), fileSize(t, filepath.Join(instanceOf(t, cache), "state"))/1000)

	pool, end = namedPool(t, opts)
	x := localtest.Execute(t, pool, id, `log.write("two"); log.flush(); next(gen), int(array.sum()), open("log.txt").read(), os.getcwd()`)
	if x.Text != "(1, 10, 'one two', '/mnt/data/sub')" || x.Restart != "" || x.Incarnation != first.Incarnation {
		t.Fatalf("after a restart: %s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
	if s, err := pool.Describe(t.Context(), id); err != nil || s.Created.After(before) {
		t.Errorf("%+v, %v", s, err)
	}
	end()

	// A server that was killed while the session was awake left no state.
	if err := os.Remove(filepath.Join(instanceOf(t, cache), "state")); err != nil {
		t.Fatal(err)
	}
	pool, end = namedPool(t, opts)
	const lost = "'gen' in globals(), open('/mnt/data/sub/log.txt').read()"
	if x := localtest.Execute(t, pool, id, lost); x.Text != "(False, 'one two')" || x.Restart != sessions.RestartDied {
		t.Errorf("after a kill: %s, restart %q", x.Text, x.Restart)
	}
	end()

	// Other settings have another snapshot.
	other := opts
	other.Memory = 1 << 30
	pool, end = namedPool(t, other)
	if x := localtest.Execute(t, pool, id, lost); x.Text != "(False, 'one two')" || x.Restart != sessions.RestartSleep {
		t.Errorf("after an upgrade: %s, restart %q", x.Text, x.Restart)
	}
	if err := pool.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	end()
	if left, err := os.ReadDir(filepath.Join(cache, "kept")); err != nil || len(left) != 1 {
		t.Errorf("stopped and closed: %v, %v", left, err) // the lock is left
	}
}

// TestNamedRecordDamaged finds the files of a session whose record was cut off, as
// after a power failure: only the variables are lost.
func TestNamedRecordDamaged(t *testing.T) {
	t.Parallel()
	opts := local.Options{Named: sessions.NewID(), CacheDir: privateCache(t)}
	pool, end := namedPool(t, opts)
	first := localtest.Execute(t, pool, opts.Named, "v = 7; open('a.txt', 'w').write('here')")
	end()
	if err := os.Truncate(filepath.Join(instanceOf(t, opts.CacheDir), "kept.json"), 0); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	pool, end = namedPool(t, opts)
	x := localtest.Execute(t, pool, opts.Named, "'v' in globals(), open('a.txt').read()")
	if x.Text != "(False, 'here')" || x.Restart != sessions.RestartSleep || x.Incarnation == first.Incarnation {
		t.Errorf("%s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
	if s, err := pool.Describe(t.Context(), opts.Named); err != nil || s.Created.After(began) {
		t.Errorf("it is not known to be an earlier one: %+v, %v", s, err)
	}
	localtest.Execute(t, pool, opts.Named, "v = 8")
	end()
	pool, _ = namedPool(t, opts)
	if x := localtest.Execute(t, pool, opts.Named, "v"); x.Text != "8" || x.Restart != "" {
		t.Errorf("the next time: %s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}

// TestNamedSleeps closes a pool whose named session sleeps already, and one whose
// session nobody has used since.
func TestNamedSleeps(t *testing.T) {
	t.Parallel()
	opts := local.Options{Named: sessions.NewID(), CacheDir: privateCache(t), Cooldown: time.Millisecond}
	pool, end := namedPool(t, opts)
	localtest.Execute(t, pool, opts.Named, "v = 7")
	sleep(t, pool, opts.Named)
	end()
	pool, end = namedPool(t, opts)
	if err := pool.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Upload(t.Context(), opts.Named, "a.txt", strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	end()
	pool, _ = namedPool(t, opts)
	if x := localtest.Execute(t, pool, opts.Named, "v, open('a.txt').read()"); x.Text != "(7, 'new')" || x.Restart != "" {
		t.Errorf("%s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}

// TestNamedTwice has two pools that want one session.
func TestNamedTwice(t *testing.T) {
	t.Parallel()
	opts := local.Options{Named: sessions.NewID(), CacheDir: privateCache(t)}
	first, end := namedPool(t, opts)
	localtest.Execute(t, first, opts.Named, "v = 1")
	second, _ := namedPool(t, opts)
	_, err := second.Execute(t.Context(), opts.Named, sessions.Request{Code: "v"})
	if !errors.Is(err, sessions.ErrUnavailable) || !strings.Contains(err.Error(), "--session-name") {
		t.Errorf("the second: %v", err)
	}
	end()
	if x := localtest.Execute(t, second, opts.Named, "v"); x.Text != "1" {
		t.Errorf("when the first has ended: %s, restart %q", x.Text, x.Restart)
	}
}

// TestNamedWithoutIsolation is refused.
func TestNamedWithoutIsolation(t *testing.T) {
	t.Parallel()
	opts := local.Options{Named: sessions.NewID(), CacheDir: t.TempDir(), Isolation: local.None}
	pool, _ := namedPool(t, opts)
	if _, err := pool.Execute(t.Context(), opts.Named, sessions.Request{Code: "1"}); !errors.Is(err, sessions.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

// TestNamedTooLong removes named sessions of which there are too many or that are
// too old, and begins one anew that is too old itself.
func TestNamedTooLong(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	old := time.Now().Add(-48 * time.Hour)
	opts := local.Options{Named: sessions.NewID(), CacheDir: cache}
	pool, end := namedPool(t, opts)
	localtest.Execute(t, pool, opts.Named, "v = 1; open('a.txt', 'w').write('x')")
	end()
	instance := instanceOf(t, cache)
	if err := os.Chtimes(filepath.Join(instance, "used"), old, old); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(cache, "kept", strings.Repeat("01", 16), "box")
	if err := os.MkdirAll(other, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(other, "used"), filepath.Join(other, "..", "lock")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(other, "used"), old, old); err != nil {
		t.Fatal(err)
	}
	pool, _ = namedPool(t, opts)
	x := localtest.Execute(t, pool, opts.Named, "import os; 'v' in globals(), os.listdir('/mnt/data')")
	if x.Text != "(False, [])" || x.Restart != "" {
		t.Errorf("too old: %s, restart %q", x.Text, x.Restart)
	}
	for {
		if _, err := os.Stat(filepath.Dir(other)); errors.Is(err, os.ErrNotExist) {
			break
		}
		localtest.Wait(t, 10*time.Millisecond)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestNamedWithRun: code that runs when the pool ends is stopped, and the first
// execution of the next pool tells of it, once.
func TestNamedWithRun(t *testing.T) {
	t.Parallel()
	opts := local.Options{Named: sessions.NewID(), CacheDir: privateCache(t)}
	pool, end := namedPool(t, opts)
	localtest.Execute(t, pool, opts.Named, "import time; kept = 7")
	ctx, cancel := context.WithCancel(t.Context())
	wrote := make(chan struct{})
	ended := make(chan error)
	go func() {
		_, err := pool.Execute(ctx, opts.Named, sessions.Request{Code: "print('begun'); time.sleep(600)", Number: 12, Events: func(e sessions.Event) {
			if e.Kind == sessions.EventStdout {
				close(wrote)
			}
		}})
		ended <- err
	}()
	<-wrote
	cancel() // as the end of a server does
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	end()

	pool, end = namedPool(t, opts)
	x, err := pool.Execute(t.Context(), opts.Named, sessions.Request{Code: "kept", Number: 1})
	if err != nil || x.Text != "7" || x.Stopped == nil || x.Stopped.Number != 12 || x.Stopped.After <= 0 {
		t.Errorf("%+v, %v", x, err)
	}
	if x, err = pool.Execute(t.Context(), opts.Named, sessions.Request{Code: "kept", Number: 2}); err != nil || x.Stopped != nil {
		t.Errorf("it is told twice: %+v, %v", x, err)
	}
	end()
}
