package hibernation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// sentries returns the processes of the sandboxes of a cache.
func sentries(cache string) (pids []int) {
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		args, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(args, []byte("runsc-sandbox\x00")) || !bytes.Contains(args, []byte(cache)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killNext kills the next sandbox that comes up in a cache, as the kernel does
// when memory is short. stop ends that and reports whether there was one.
func killNext(cache string) (stop func() bool) {
	known := map[int]bool{}
	for _, pid := range sentries(cache) {
		known[pid] = true
	}
	ctx, cancel := context.WithCancel(context.Background())
	killed := make(chan bool, 1)
	go func() {
		for ctx.Err() == nil {
			for _, pid := range sentries(cache) {
				if !known[pid] {
					killed <- syscall.Kill(pid, syscall.SIGKILL) == nil
					return
				}
			}
		}
		killed <- false
	}()
	return func() bool { cancel(); return <-killed }
}

// TestKilledWhileWaking kills the sandbox of a session that is being woken. It
// sleeps on, and is woken by a later call with all that it had.
func TestKilledWhileWaking(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, CacheDir: cache, Warm: -1})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "gen = iter(range(10)); next(gen)")
	sleep(t, pool, id)
	for range 2 {
		stop := killNext(cache)
		_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "next(gen)"})
		if !stop() {
			t.Fatalf("no sandbox was killed; %v", err)
		}
		if !errors.Is(err, sessions.ErrNoCapacity) || !strings.Contains(err.Error(), "try again") {
			t.Fatalf("a sandbox was killed while it woke: %v", err)
		}
		if !allAsleep(pool) {
			t.Error("the session does not count as asleep any more")
		}
	}
	if x := localtest.Execute(t, pool, id, "next(gen)"); x.Text != "1" || x.Restart != "" {
		t.Errorf("%s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}

// TestFilesGoneWhileAsleep deletes what a sleeping program has open: it either
// wakes, or its variables are lost and that is said, and never is it tried again
// and again.
func TestFilesGoneWhileAsleep(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, Warm: -1})
	for _, c := range []struct{ name, code string }{
		{"the folder it is in", "import os; os.mkdir('gone'); os.chdir('gone'); v = 1"},
		{"an open file", "f = open('gone', 'w'); f.write('x'); f.flush(); v = 1"},
		{"a file in a folder", "import os; os.mkdir('gone'); f = open('gone/f', 'w'); v = 1"},
	} {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, c.code)
		sleep(t, pool, id)
		if err := pool.Delete(t.Context(), id, "gone"); err != nil {
			t.Fatal(err)
		}
		x := localtest.Execute(t, pool, id, "'v' in globals()")
		if kept := string(x.Result) == "true"; kept != (x.Restart == "") || !kept && x.Restart != sessions.RestartSleep {
			t.Errorf("%s: variables there %s, restart %q, %+v", c.name, x.Result, x.Restart, x.Error)
		}
		t.Logf("%s: variables there: %s", c.name, x.Result)
		localtest.Stop(t, pool, id)
	}
}

// TestKilledWhileRestoring kills the sandbox of a session that is restored from
// the snapshot, which stays: nothing is wrong with it.
func TestKilledWhileRestoring(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	pool := localtest.New(t, local.Options{CacheDir: cache, Warm: -1})
	awaitSnapshot(t, pool, cache)
	sums := snapshotSums(cache)
	before := read(t, sums)
	made := modified(t, sums)
	for range 2 {
		stop := killNext(cache)
		x := localtest.Execute(t, pool, sessions.NewID(), "6 * 7")
		if !stop() || x.Text != "42" {
			t.Fatalf("%s, %+v", x.Text, x.Error)
		}
	}
	if read(t, sums) != before || !modified(t, sums).Equal(made) {
		t.Error("the snapshot was made again")
	}
}

func modified(t *testing.T, pattern string) time.Time {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	info, err := os.Stat(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// smallDisk returns a cache folder on a disk of its own.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	private := privateCache(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("making a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	linkInstallation(t, private, dir)
	return dir
}

// snapshotSums is the pattern of a file that every snapshot in a cache folder has.
func snapshotSums(cache string) string { return filepath.Join(cache, "snapshots", "*", "sums.json") }

// awaitSnapshot waits until sessions are made from a snapshot, which a busy machine may be too
// slow for at first. The states of others have no room on a small disk.
func awaitSnapshot(t *testing.T, pool *local.Pool, cache string) {
	t.Helper()
	for {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, "1")
		localtest.Stop(t, pool, id)
		if found, _ := filepath.Glob(snapshotSums(cache)); len(found) > 0 {
			return
		}
	}
}

// TestSleepersTakeTurns puts eight sessions to sleep at once on a disk that has
// room for one checkpoint at a time, and wakes them at once.
func TestSleepersTakeTurns(t *testing.T) {
	t.Parallel()
	cache := smallDisk(t, "310m")
	pool := localtest.New(t, local.Options{Cooldown: time.Second, CacheDir: cache, Warm: -1})
	awaitSnapshot(t, pool, cache)
	const n = 8
	var ids []sessions.ID
	for i := range n {
		ids = append(ids, sessions.NewID())
		localtest.Execute(t, pool, ids[i], fmt.Sprintf("mine = %d", i))
	}
	for _, id := range ids {
		sleep(t, pool, id)
	}
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			for {
				x, err := pool.Execute(t.Context(), id, sessions.Request{Code: "mine"})
				if errors.Is(err, sessions.ErrNoCapacity) {
					continue // nothing is lost, and it says to try again
				}
				if err != nil || string(x.Result) != fmt.Sprint(i) || x.Restart != "" {
					t.Errorf("session %d: %+v, %v", i, x, err)
				}
				return
			}
		})
	}
	all.Wait()
}

// TestWakeOnFullDisk fills the disk up while a session sleeps.
func TestWakeOnFullDisk(t *testing.T) {
	t.Parallel()
	cache := smallDisk(t, "320m")
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, CacheDir: cache, Warm: -1})
	awaitSnapshot(t, pool, cache)
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "v = [1, 2]; open('a.txt', 'w').write('here')")
	sleep(t, pool, id)
	filler := filepath.Join(cache, "filler")
	fill(t, filler)
	for range 2 {
		_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "v"})
		if !errors.Is(err, sessions.ErrNoCapacity) || !strings.Contains(err.Error(), "disk is full") {
			t.Fatalf("woken on a full disk: %v", err)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if x := localtest.Execute(t, pool, id, "v, open('a.txt').read()"); x.Text != "([1, 2], 'here')" || x.Restart != "" {
		t.Errorf("%s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}

// fill makes a file that takes all the room that a disk has left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<20); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// TestNamedHoldsItsSnapshot lets a named session sleep while other servers of the
// user, with other limits, each make a snapshot of their own, until the one that
// the session was made from is gone.
func TestNamedHoldsItsSnapshot(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	opts := local.Options{Named: sessions.NewID(), CacheDir: cache, Warm: -1}
	pool, end := namedPool(t, opts)
	localtest.Execute(t, pool, opts.Named, "v = [7]; open('a.txt', 'w').write('here')")
	end()
	first, err := filepath.Glob(filepath.Join(cache, "snapshots", "*", "pages.img"))
	if err != nil || len(first) != 1 {
		t.Fatalf("%v, %v", first, err)
	}
	for i := range 3 {
		other, end := namedPool(t, local.Options{CacheDir: cache, Warm: -1, Processes: 100 + i})
		localtest.Execute(t, other, sessions.NewID(), "1")
		end()
	}
	if _, err := os.Stat(first[0]); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the first snapshot is still there, and nothing is shown: %v", err)
	}
	for want := 1; want <= 2; want++ {
		if size := fileSize(t, filepath.Join(instanceOf(t, cache), "state")); size > 2e6 {
			t.Errorf("the state takes %d bytes", size)
		}
		pool, end = namedPool(t, opts)
		x := localtest.Execute(t, pool, opts.Named, fmt.Sprintf("v.append(8); len(v) == %d, open('a.txt').read()", want+1))
		if x.Text != "(True, 'here')" || x.Restart != "" {
			t.Errorf("%s, restart %q, %+v", x.Text, x.Restart, x.Error)
		}
		end()
	}
}

// TestNamedOverDamagedSnapshot damages a snapshot that the state of a named session
// was made from. What the state does not need makes no difference to it.
func TestNamedOverDamagedSnapshot(t *testing.T) {
	t.Parallel()
	cache := privateCache(t)
	for _, tt := range []struct {
		file string
		want string
	}{
		{"checkpoint.img", "(True, 'here')"},
		{"pages.img", "(False, 'here')"},
		{"heap/*", "(False, 'here')"},
	} {
		opts := local.Options{Named: sessions.NewID(), CacheDir: cache, Warm: -1}
		pool, end := namedPool(t, opts)
		localtest.Execute(t, pool, opts.Named, "v = 7; open('a.txt', 'w').write('here')")
		end()
		damage(t, filepath.Join(cache, "snapshots", "*", tt.file))
		pool, end = namedPool(t, opts)
		x := localtest.Execute(t, pool, opts.Named, "'v' in globals(), open('a.txt').read()")
		lost := strings.HasPrefix(tt.want, "(False")
		if x.Text != tt.want || (x.Restart == sessions.RestartSleep) != lost {
			t.Errorf("%s: %s, restart %q, %+v", tt.file, x.Text, x.Restart, x.Error)
		}
		end()
	}
}

// TestNamedUnreadable cannot read what says how old a named session is. It is not
// taken for an old one, which would be removed with its files.
func TestNamedUnreadable(t *testing.T) {
	t.Parallel()
	opts := local.Options{Named: sessions.NewID(), CacheDir: privateCache(t), Warm: -1}
	pool, end := namedPool(t, opts)
	localtest.Execute(t, pool, opts.Named, "v = 7; open('a.txt', 'w').write('here')")
	end()
	for _, name := range []string{"used", "kept.json"} {
		path := filepath.Join(instanceOf(t, opts.CacheDir), name)
		if err := os.Rename(path, path+"-aside"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(name, path); err != nil { // a loop, which fails whoever asks
			t.Fatal(err)
		}
		pool, end = namedPool(t, opts)
		if _, err := pool.Execute(t.Context(), opts.Named, sessions.Request{Code: "v"}); !errors.Is(err, sessions.ErrUnavailable) {
			t.Errorf("%s cannot be read: %v", name, err)
		}
		end()
		if err := os.Rename(path+"-aside", path); err != nil {
			t.Fatal(err)
		}
	}
	pool, _ = namedPool(t, opts)
	if x := localtest.Execute(t, pool, opts.Named, "v, open('a.txt').read()"); x.Text != "(7, 'here')" || x.Restart != "" {
		t.Errorf("%s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}
