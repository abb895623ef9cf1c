package local

import (
	"context"
	"errors"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// TestDiesWhileIdle has an interpreter end between two executions. The next one
// is told, and finds the files but not the variables; the one after that is not.
func TestDiesWhileIdle(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Warm: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for what, code := range map[string]string{
		"ends itself": "import os, threading; v = 1; open('kept', 'w').write('here'); threading.Timer(0.2, os._exit, (7,)).start()",
		"crashes":     "import ctypes, threading; v = 1; open('kept', 'w').write('here'); threading.Timer(0.2, ctypes.string_at, (0,)).start()",
	} {
		id := sessions.NewID()
		valueOf(t, p, id, code)
		in := interpreterOf(t, p, id)
		select {
		case <-in.Done():
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: the interpreter lives", what)
		}
		checkRestarted(t, p, id, what, sessions.RestartDied)
	}
	// As the host's kernel does when memory is short, or its administrator.
	id := sessions.NewID()
	valueOf(t, p, id, "v = 1; open('kept', 'w').write('here')")
	in := interpreterOf(t, p, id)
	in.Kill()
	checkRestarted(t, p, id, "killed from outside", sessions.RestartDied)
}

func interpreterOf(t *testing.T, p *Pool, id sessions.ID) *interpreter.Live {
	t.Helper()
	s := sessionOf(p, id)
	in, ok := s.instance.interpreter.Live()
	if !ok {
		t.Fatal("the session has no interpreter")
	}
	return in
}

// checkRestarted checks that a session lost its variables, and that it is said
// once.
func checkRestarted(t *testing.T, p *Pool, id sessions.ID, what string, why sessions.Restart) {
	t.Helper()
	for _, want := range []sessions.Restart{why, ""} {
		x, err := p.Execute(t.Context(), id, sessions.Request{Code: "'v' in globals(), open('kept').read()"})
		if err != nil || x.Restart != want || x.Text != "(False, 'here')" {
			t.Errorf("%s: restart %q, want %q; %+v, %v", what, x.Restart, want, x, err)
		}
	}
	if err := p.Stop(context.WithoutCancel(t.Context()), id); err != nil {
		t.Error(err)
	}
}

// TestSleepAge destroys a session that sleeps for too long, and no other.
func TestSleepAge(t *testing.T) {
	t.Parallel()
	young, err := New(Options{Warm: -1, Cooldown: time.Millisecond, SleepAge: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer young.Close()
	old, err := New(Options{Warm: -1, Cooldown: time.Millisecond, SleepAge: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	id := sessions.NewID()
	var slept time.Time
	for _, p := range []*Pool{young, old} {
		valueOf(t, p, id, "v = 1")
		for !p.Asleep(id) {
			<-time.After(5 * time.Millisecond)
		}
		slept = time.Now()
	}
	for {
		_, err := old.Describe(t.Context(), id)
		if errors.Is(err, sessions.ErrNoSession) {
			break
		}
		if time.Since(slept) > 20*time.Second {
			t.Fatalf("it sleeps on after %v: %v", time.Since(slept), err)
		}
		<-time.After(10 * time.Millisecond)
	}
	if after := time.Since(slept); after < time.Second {
		t.Errorf("it was destroyed after %v", after)
	}
	if x, err := young.Execute(t.Context(), id, sessions.Request{Code: "v"}); err != nil || x.Text != "1" || x.Restart != "" {
		t.Errorf("one that may sleep for an hour: %+v, %v", x, err)
	}
}
