package stdiopool

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/childpool"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// childOf opens a pool whose child is the built program. pid is that of the last child.
func childOf(t *testing.T, change func(*childpool.Options)) (pool *childpool.Pool, last *atomic.Pointer[exec.Cmd]) {
	t.Helper()
	program := e2etest.Program(t)
	last = &atomic.Pointer[exec.Cmd]{}
	opts := childpool.Options{Name: "the test", Version: e2etest.Version(t, program),
		Start: func(_ context.Context, doing func(string)) (*exec.Cmd, error) {
			doing("starting")
			cmd := exec.Command(program, "pool", "--stdio", "--log-level=warn", "--warm=0")
			last.Store(cmd)
			return cmd, nil
		},
	}
	if change != nil {
		change(&opts)
	}
	pool = childpool.New(opts)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool, last
}

func TestContractOfChild(t *testing.T) {
	pool, _ := childOf(t, nil)
	sessionstest.TestPool(t, pool)
}

// A child that is killed takes its sessions with it. The run under way says so, and the
// next call has a new child.
func TestKilledChild(t *testing.T) {
	pool, last := childOf(t, nil)
	id := sessions.NewID()
	var heard atomic.Pointer[string]
	first, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x = 1", Events: func(e sessions.Event) {
		if e.Kind == sessions.EventWaiting {
			heard.Store(&e.Text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if text := heard.Load(); text == nil || *text == "" {
		t.Error("the first call was not told what it waits for")
	}
	var told []string
	if _, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x", Events: func(e sessions.Event) {
		if e.Kind == sessions.EventWaiting {
			told = append(told, e.Text)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if len(told) > 0 {
		t.Errorf("when the child is there, a call is told %q", told)
	}
	running := make(chan error, 1)
	go func() {
		_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "open('/mnt/data/began', 'w').close()\nimport time\nwhile True: time.sleep(1)"})
		running <- err
	}()
	for again := time.NewTicker(10 * time.Millisecond); ; <-again.C {
		if _, err := pool.Stat(t.Context(), id, "began"); err == nil {
			break
		}
	}
	if err := last.Load().Process.Kill(); err != nil {
		t.Fatal(err)
	}
	err = <-running
	if !errors.Is(err, sessions.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "the test has ended the sessions' pool (signal: killed)") {
		t.Errorf("the run that was cut off: %v", err)
	}
	second, err := pool.Execute(t.Context(), id, sessions.Request{Code: "'x' in globals()"})
	if err != nil || string(second.Result) != "false" || second.Incarnation == first.Incarnation || !second.NewSession {
		t.Errorf("after the end: %+v, %v", second, err)
	}
}

// Where the first start fails and another may do better, the call has that. What is to be
// done while there is a child is done once, and ends with it.
func TestSecondStart(t *testing.T) {
	var asked, ready atomic.Int32
	ended := make(chan struct{})
	pool, last := childOf(t, func(o *childpool.Options) {
		start := o.Start
		o.Start = func(ctx context.Context, doing func(string)) (*exec.Cmd, error) {
			if asked.Load() == 0 {
				return exec.Command("sh", "-c", "echo 'mounts denied' >&2; exit 125"), nil
			}
			return start(ctx, doing)
		}
		o.Again = func(why error) bool {
			if want := "the test has ended the sessions' pool (exit status 125): mounts denied"; why.Error() != want {
				t.Errorf("asked after %v, want %s", why, want)
			}
			return asked.Add(1) == 1
		}
		o.Unseen = func() func() string { return func() string { return "mounts denied" } }
		o.Ready = func(ctx context.Context) {
			ready.Add(1)
			<-ctx.Done()
			close(ended)
		}
	})
	run, err := pool.Execute(t.Context(), sessions.NewID(), sessions.Request{Code: "6 * 7"})
	if err != nil || string(run.Result) != "42" || run.Unseen != "mounts denied" {
		t.Errorf("got %+v, %v", run, err)
	}
	if asked.Load() != 1 || ready.Load() != 1 {
		t.Errorf("asked %d times, ready %d times", asked.Load(), ready.Load())
	}
	if err := last.Load().Process.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the child has ended, and its context has not")
	}
}

// Close ends the child, and calls under way.
func TestCloseEndsChild(t *testing.T) {
	pool, last := childOf(t, nil)
	if err := pool.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if state := last.Load().ProcessState; state == nil || !state.Success() {
		t.Errorf("the child ended with %v", state)
	}
	if _, err := pool.Execute(t.Context(), sessions.NewID(), sessions.Request{Code: "1"}); !errors.Is(err, sessions.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// Each way in which there is no child is a sentence, and they are not tried for ever.
func TestNoChild(t *testing.T) {
	shell := func(script string) func(context.Context, func(string)) (*exec.Cmd, error) {
		return func(context.Context, func(string)) (*exec.Cmd, error) { return exec.Command("sh", "-c", script), nil }
	}
	for name, tt := range map[string]struct {
		change func(*childpool.Options)
		want   string
	}{
		"another version": {func(o *childpool.Options) { o.Version = "v9.9.9" }, `and this one is "v9.9.9": put the Linux program of the same release`},
		"ends at once":    {func(o *childpool.Options) { o.Start = shell("echo 'no daemon' >&2; exit 3") }, "the test has ended the sessions' pool (exit status 3): no daemon"},
		"says nonsense": {func(o *childpool.Options) {
			o.Start = shell("echo 'hello, this is no pool of sessions'; cat >/dev/null")
		}, "the test"},
		"cannot start": {func(o *childpool.Options) {
			o.Start = func(context.Context, func(string)) (*exec.Cmd, error) { return exec.Command("/nowhere"), nil }
		}, "cannot be started"},
		"cannot be made": {func(o *childpool.Options) {
			o.Start = func(context.Context, func(string)) (*exec.Cmd, error) { return nil, fmt.Errorf("the disk is full") }
		}, "the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, _ := childOf(t, tt.change)
			for range 5 {
				if err := pool.Prepare(t.Context()); !errors.Is(err, sessions.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("got %v", err)
				}
			}
			if err := pool.Prepare(t.Context()); !errors.Is(err, sessions.ErrUnavailable) || !strings.Contains(err.Error(), "5 times within 5m0s") {
				t.Errorf("the sixth time: %v", err)
			}
		})
	}
}
