package local

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/interpreter"

	"github.com/rs/zerolog"
)

// A shortFile is a file on a disk with so many bytes left.
type shortFile struct {
	interpreter.StateFile
	left int
}

func (f *shortFile) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, syscall.ENOSPC
	}
	return f.StateFile.Write(p)
}

// testPool returns a pool that is closed when the test ends.
func testPool(t *testing.T, opts Options) *Pool {
	t.Helper()
	opts.Logger = zerolog.New(zerolog.NewTestWriter(t))
	if opts.Isolation == "" {
		opts.Isolation = Isolation(os.Getenv("DYNAMIC_SESSIONS_ISOLATION"))
	}
	p, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// untilAsleep waits until a session sleeps, and returns its instance.
func untilAsleep(t *testing.T, p *Pool, id sessions.ID) *instance {
	t.Helper()
	for !p.Asleep(id) {
		if t.Context().Err() != nil {
			t.Fatal("the session does not sleep")
		}
		<-time.After(5 * time.Millisecond)
	}
	return sessionOf(p, id).instance
}

// TestSleepOnFullDisk puts a session to sleep while its state, or a part of it, does
// not fit on the disk. It stays awake, and loses nothing, until it does.
func TestSleepOnFullDisk(t *testing.T) {
	t.Parallel()
	left := make(chan int)
	p := testPool(t, Options{Warm: -1, Cooldown: time.Millisecond, createState: func(path string) (interpreter.StateFile, error) {
		f, err := os.Create(path)
		return &shortFile{f, <-left}, err
	}})
	id := sessions.NewID()
	const code = "import itertools; v = itertools.count(7); next(v)"
	if got := valueOf(t, p, id, code); got != "7" {
		t.Fatal(got)
	}
	for _, n := range []int{0, 5000, 80_000, 0, 0, 0} { // more often than other failures are put up with
		select {
		case left <- n:
		case <-time.After(time.Minute):
			t.Fatalf("it is not put to sleep any more; asleep is %t", p.Asleep(id))
		}
		if p.Asleep(id) {
			t.Fatal("it sleeps without a state")
		}
	}
	left <- math.MaxInt
	b := untilAsleep(t, p, id)
	go func() { left <- math.MaxInt }() // for the time that it sleeps next
	x, err := p.Execute(t.Context(), id, sessions.Request{Code: "next(v)"})
	if err != nil || x.Restart != "" || string(x.Result) != "8" {
		t.Errorf("%+v, %v", x, err)
	}
	untilAsleep(t, p, id)
	if found, err := filepath.Glob(filepath.Join(b.dir, "state*")); err != nil || len(found) != 1 {
		t.Errorf("left are %v, %v", found, err)
	}
}

// TestSleepFails has a session whose state can never be written, for a reason
// that is not the disk's. It loses its variables in the end, which is said.
func TestSleepFails(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	p := testPool(t, Options{Warm: -1, Cooldown: time.Millisecond, createState: func(string) (interpreter.StateFile, error) {
		tries.Add(1)
		return nil, errors.New("not today")
	}})
	id := sessions.NewID()
	valueOf(t, p, id, "v = 1; open('a.txt', 'w').write('here')")
	untilAsleep(t, p, id)
	if n := tries.Load(); n != sleepsFailed {
		t.Errorf("tried %d times, want %d", n, sleepsFailed)
	}
	x, err := p.Execute(t.Context(), id, sessions.Request{Code: "'v' in globals(), open('a.txt').read()"})
	if err != nil || x.Restart != sessions.RestartSleep || x.Text != "(False, 'here')" {
		t.Errorf("%+v, %v", x, err)
	}
}

// TestNoSpace has a disk that is full when a session is to be put to sleep, and
// when it is to be woken. Either waits, with the variables as they were.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	looked := make(chan struct{}, 1)
	p := testPool(t, Options{Warm: -1, Cooldown: time.Millisecond, freeSpace: func(string) (int64, error) {
		select {
		case looked <- struct{}{}:
		default:
		}
		return free.Load(), nil
	}})
	free.Store(20 << 20)
	id := sessions.NewID()
	valueOf(t, p, id, "v = 1")
	for range 3 {
		<-looked
	}
	if p.Asleep(id) {
		t.Error("it sleeps although there was no space")
	}
	if got := valueOf(t, p, id, "v"); got != "1" {
		t.Errorf("v is %s", got)
	}
	free.Store(math.MaxInt64 / 2)
	b := untilAsleep(t, p, id)
	free.Store(20 << 20)
	for range 6 {
		_, err := p.Execute(t.Context(), id, sessions.Request{Code: "v = 2"})
		var full *sessions.CapacityError
		if !errors.As(err, &full) || full.RetryAfter <= 0 || !strings.Contains(err.Error(), "disk is full") || strings.Contains(err.Error(), "/") {
			t.Fatalf("woken without space: %v", err)
		}
		if !p.Asleep(id) {
			t.Fatal("it does not count as asleep any more")
		}
	}
	if b.interpreter.StateSize() == 0 {
		t.Error("its state is gone")
	}
	free.Store(math.MaxInt64 / 2)
	x, err := p.Execute(t.Context(), id, sessions.Request{Code: "v"})
	if err != nil || x.Restart != "" || string(x.Result) != "1" {
		t.Errorf("%+v, %v", x, err)
	}
}
