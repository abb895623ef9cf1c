package stdiopool

import (
	"context"
	"encoding/json"
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
	"dynamic-sessions-mcp/sessions/wire"
)

// versionOf is what a program says to a client.
func versionOf(t *testing.T) string {
	t.Helper()
	_, client := start(t, "--warm=0")
	resp, err := client.Get("http://localhost" + wire.PathPrepare)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var first wire.Stage
	if err := json.NewDecoder(resp.Body).Decode(&first); err != nil {
		t.Fatal(err)
	}
	return first.Version
}

// childOf opens a pool whose child is the built program. pid is that of the last child.
func childOf(t *testing.T, change func(*childpool.Options)) (pool *childpool.Pool, last *atomic.Pointer[exec.Cmd]) {
	t.Helper()
	program := e2etest.Program(t)
	last = &atomic.Pointer[exec.Cmd]{}
	opts := childpool.Options{Name: "the test", Version: versionOf(t),
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
	first, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x = 1", Events: func(e sessions.Event) { heard.Store(&e.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	if text := heard.Load(); text == nil || *text == "" {
		t.Error("the first call was not told what it waits for")
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
