package local

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// TestBlanks asserts that sandboxes are brought up ahead of need once there is more than
// one session, that a session can begin in one, and that they go when there is no place
// for the sessions that would.
func TestBlanks(t *testing.T) {
	t.Parallel()
	p, err := New(Options{MaxSessions: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	first, second := sessions.NewID(), sessions.NewID()
	valueOf(t, p, first, "1")
	if n := blanksOf(p); n != 0 {
		t.Errorf("%d blanks for one session", n)
	}
	valueOf(t, p, second, "1")
	awaitBlanks(t, p, 1)
	p.mu.Lock()
	i := p.takeBlank()
	p.mu.Unlock()
	if !i.interpreter.Prepared() {
		t.Error("a blank is not prepared")
	}
	live, err := i.interpreter.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if i.interpreter.Prepared() || live.Ended() {
		t.Errorf("prepared %v, ended %v after its start", i.interpreter.Prepared(), live.Ended())
	}
	i.remove()
	awaitBlanks(t, p, 1)
	if !p.dropBlank() {
		t.Error("there was no blank to drop")
	}
	awaitBlanks(t, p, 1)
	for range 3 {
		valueOf(t, p, sessions.NewID(), "1")
	}
	awaitBlanks(t, p, 0)
}

func blanksOf(p *Pool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.blanks)
}

// awaitBlanks waits until the pool keeps blanks, if some is 1, or none, if it is 0. How
// many depends on its spares.
func awaitBlanks(t *testing.T, p *Pool, some int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for min(blanksOf(p), 1) != some {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("there are %d blanks", blanksOf(p))
		}
	}
}
