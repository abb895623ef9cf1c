package local

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// TestGoneIsTheEnd has what somebody still does with a session not bring it back.
func TestGoneIsTheEnd(t *testing.T) {
	t.Parallel()
	l := life{phase: running}
	l.leave(idle, frozen)
	if l.phase != running {
		t.Errorf("left a phase that it was not in: %v", l.phase)
	}
	l.become(gone)
	l.leave(running, idle)
	l.fallAsleep(time.Now(), 1)
	if l.phase != gone {
		t.Errorf("a session that was gone is %v", l.phase)
	}
}

// TestPhases follows a session from its first call to its end.
func TestPhases(t *testing.T) {
	t.Parallel()
	p := testPool(t, Options{Warm: -1, Cooldown: time.Hour, idle: atOnce})
	id := sessions.NewID()
	expect := func(when string, want phase) *session {
		t.Helper()
		s := sessionOf(p, id)
		s.turn <- struct{}{}
		defer func() { <-s.turn }()
		if got := p.phaseOf(s); got != want {
			t.Errorf("%s it is %v, want %v", when, got, want)
		}
		return s
	}
	if _, err := p.List(t.Context(), id, "", false); err != nil {
		t.Fatal(err)
	}
	s := expect("after a look at its files", fresh)
	p.hibernate(s)
	expect("put to sleep with nothing but files", asleep)
	valueOf(t, p, id, "x = 1")
	expect("after an execution", idle)
	leaveFrozen(t, p, id)
	expect("with nothing left running", frozen)
	valueOf(t, p, id, "x")
	expect("after another execution", idle)
	p.hibernate(s)
	expect("put to sleep", asleep)
	if st := p.Stats(); st != (Stats{Asleep: 1}) {
		t.Errorf("there are %+v", st)
	}
	if got := valueOf(t, p, id, "x"); got != "1" {
		t.Errorf("woken with x = %s", got)
	}
	expect("woken", idle)
	if err := p.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := p.phaseOf(s); got != gone {
		t.Errorf("stopped it is %v", got)
	}
}
