package local

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// atOnce has interpreters be asked as soon as they are there, and as often as
// somebody looks.
var atOnce = interpreter.IdleTimes{WarmUp: time.Nanosecond, AskAgain: time.Nanosecond}

// TestFreeze checks that a session in which nothing is left running is frozen
// and does not notice, and that one in which something is stays awake.
func TestFreeze(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Warm: -1, idle: atOnce})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, c := range []struct {
		what, code string
		frozen     bool
	}{
		{"a value", "x = 1", true},
		{"libraries with threads of their own", "import pyarrow as pa, polars as pl; n = pl.DataFrame({'a': [1, 2]}).sum().item() + len(pa.array([1]).take([0]))", true},
		{"a thread", "import threading; t = threading.Timer(600, print); t.start()", false},
		{"a process", "import subprocess; child = subprocess.Popen(['sleep', '600'])", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			id := sessions.NewID()
			valueOf(t, p, id, c.code)
			leave := leaveIdle
			if c.frozen {
				leave = leaveFrozen
			}
			in := leave(t, p, id)
			if in.Frozen() && !c.frozen {
				t.Error("it is frozen")
			}
			valueOf(t, p, id, "1")
			if in.Frozen() {
				t.Error("it is frozen still, after another execution")
			}
			if err := p.Stop(context.Background(), id); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFrozenClock checks that clocks go on in a session that is frozen, and
// that one can be killed.
func TestFrozenClock(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Warm: -1, idle: atOnce})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	id := sessions.NewID()
	valueOf(t, p, id, "import time; wall, mono = time.time(), time.monotonic()")
	began := time.Now()
	leaveFrozen(t, p, id)
	<-time.After(1500 * time.Millisecond) // what is tested is the passing of time
	got := valueOf(t, p, id, "f'{time.time() - wall} {time.monotonic() - mono}'")
	want := time.Since(began).Seconds()
	clocks := strings.Fields(strings.Trim(got, `"`))
	if len(clocks) != 2 {
		t.Errorf("the clocks are %s", got)
	}
	for _, clock := range clocks {
		seconds, err := strconv.ParseFloat(clock, 64)
		if err != nil || seconds < 1.4 || seconds > want+1 {
			t.Errorf("a clock has gone %q seconds, want about %v", clock, want)
		}
	}
	leaveIdle(t, p, id)
	if err := p.Stop(context.Background(), id); err != nil {
		t.Error(err)
	}
}

// valueOf executes code that must succeed and returns its value.
func valueOf(t *testing.T, p *Pool, id sessions.ID, code string) string {
	t.Helper()
	x, err := p.Execute(context.Background(), id, sessions.Request{Code: code})
	if err != nil || x.Status != sessions.Succeeded {
		t.Fatalf("%s: %+v, %v", code, x, err)
	}
	return string(x.Result)
}

// sessionOf returns the session of an ID, nil if there is none.
func sessionOf(p *Pool, id sessions.ID) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions[id]
}

// leaveIdle lets a session pass for one that nobody has used for a while, as
// often as the monitor needs to see it.
func leaveIdle(t *testing.T, p *Pool, id sessions.ID) *interpreter.Live {
	t.Helper()
	s := sessionOf(p, id)
	for range 2 {
		p.mu.Lock()
		s.lastUsed = s.lastUsed.Add(-freezeAfter)
		p.mu.Unlock()
		p.inspect(s)
	}
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	in, ok := s.instance.interpreter.Live()
	if !ok {
		t.Fatal("the session has no interpreter")
	}
	return in
}

// leaveFrozen leaves a session idle until it is frozen. A busy machine may count
// more processor time for it than it took, and then it is asked later.
func leaveFrozen(t *testing.T, p *Pool, id sessions.ID) *interpreter.Live {
	t.Helper()
	for range 50 {
		in := leaveIdle(t, p, id)
		if in.Frozen() {
			return in
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Fatal("an idle session is not frozen")
	return nil
}

// TestEviction fills a pool with sessions that have something left to do and
// sessions that have not. One of the latter is evicted for another session, and
// nothing is lost.
func TestEviction(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Warm: -1, MaxSessions: 2, Cooldown: time.Hour, idle: atOnce})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	busy, quiet, other := sessions.NewID(), sessions.NewID(), sessions.NewID()
	valueOf(t, p, busy, "import threading; t = threading.Timer(600, print); t.start(); x = 'busy'")
	valueOf(t, p, quiet, "x = 'quiet'")
	if in := leaveIdle(t, p, busy); in.Frozen() {
		t.Fatal("a session with a thread is frozen")
	}
	leaveFrozen(t, p, quiet)
	valueOf(t, p, other, "x = 'other'")
	if p.Asleep(busy) || !p.Asleep(quiet) {
		t.Errorf("asleep are %t and %t, want the one in which nothing runs", p.Asleep(busy), p.Asleep(quiet))
	}
	// Nothing is left running in the third either, which is not known yet.
	if got := valueOf(t, p, quiet, "x"); got != `"quiet"` || !p.Asleep(other) {
		t.Errorf("got %s; asleep is %t", got, p.Asleep(other))
	}
	ctx, cancel := context.WithCancel(t.Context())
	running, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := p.Execute(ctx, quiet, sessions.Request{Code: "import time; print('on', flush=True)\nwhile True: time.sleep(0.01)", Events: func(e sessions.Event) {
			if e.Kind == sessions.EventStdout {
				close(running)
			}
		}})
		ended <- err
	}()
	<-running
	_, err = p.Execute(t.Context(), other, sessions.Request{Code: "x"})
	var full *sessions.CapacityError
	if !errors.As(err, &full) || full.RetryAfter > interpreter.AskAgain {
		t.Errorf("a pool without capacity: %v", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for id, want := range map[sessions.ID]string{quiet: `"quiet"`, busy: `"busy"`} {
		if got := valueOf(t, p, id, "x"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !p.Asleep(other) {
		t.Error("the session that was woken took no place")
	}
}
