package sessionstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// What the contract says about callers and their sessions.

// testOrder starts executions one after the other without waiting for them.
func testOrder(t *testing.T, s *subject) {
	s.run("seen = []")
	const n = 20
	var all sync.WaitGroup
	for i := range n {
		queued := make(chan struct{})
		all.Go(func() {
			var once sync.Once
			_, err := s.Execute(t.Context(), s.id, sessions.Request{
				Code:   fmt.Sprintf("seen.append(%d)", i),
				Events: func(sessions.Event) { once.Do(func() { close(queued) }) },
			})
			once.Do(func() { close(queued) })
			if err != nil {
				t.Error(err)
			}
		})
		<-queued
	}
	all.Wait()
	if got := s.run("seen == list(range(20)) or seen"); got.Text != "True" {
		t.Errorf("20 runs came in the order %s", got.Text)
	}
}

// testApart has concurrent callers on sessions of their own.
func testApart(t *testing.T, s *subject) {
	var all sync.WaitGroup
	for i := range 3 {
		other := newSubject(t, s.Pool)
		all.Go(func() {
			token := string(sessions.NewID())
			if _, err := other.Upload(t.Context(), other.id, "mine.txt", strings.NewReader(token)); err != nil {
				t.Error(err)
				return
			}
			for range 5 {
				x, err := other.Execute(t.Context(), other.id, sessions.Request{
					Code: fmt.Sprintf("n = globals().get('n', %d) + 1; n, open('/mnt/data/mine.txt').read()", 100*i)})
				if err != nil {
					t.Error(err)
					return
				}
				if !strings.Contains(x.Text, token) {
					t.Errorf("session %d reads %s", i, x.Text)
				}
			}
			x, err := other.Execute(t.Context(), other.id, sessions.Request{Code: "n"})
			if err != nil || string(x.Result) != fmt.Sprint(100*i+5) {
				t.Errorf("session %d counted to %+v, %v", i, x, err)
			}
		})
	}
	all.Wait()
}

func testHostileIDs(t *testing.T, s *subject) {
	for _, id := range []sessions.ID{"", "abc", "with space", "new\nline", "\x00\x00\x00\x00", "ünïcode", sessions.ID(strings.Repeat("x", 129))} {
		if _, err := s.Execute(t.Context(), id, sessions.Request{Code: "1"}); !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("Execute as %q: %v", string(id), err)
		}
		if _, err := s.List(t.Context(), id, "", false); !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("List as %q: %v", string(id), err)
		}
		if err := s.Stop(t.Context(), id); !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("Stop as %q: %v", string(id), err)
		}
	}
}

func testStop(t *testing.T, s *subject) {
	made := s.run("v = 1")
	first := made.Incarnation
	if !made.NewSession {
		t.Error("the first run did not say that it made the session")
	}
	s.upload("f", "x")
	d, err := s.Describe(t.Context(), s.id)
	if err != nil || d.Incarnation != first || d.Expires.Before(d.LastUsed) {
		t.Errorf("Describe: %+v, %v", d, err)
	}
	for range 2 {
		if err := s.Stop(t.Context(), s.id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Describe(t.Context(), s.id); !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("Describe of a stopped session: %v", err)
	}
	x := s.run("'v' in globals()")
	if string(x.Result) != "false" || x.Incarnation == first || !x.NewSession {
		t.Errorf("after Stop: %s, incarnation %q then %q, new: %t", x.Result, first, x.Incarnation, x.NewSession)
	}
	if l, err := s.List(t.Context(), s.id, "", true); err != nil || len(l.Files) != 0 {
		t.Errorf("after Stop the files are %+v, %v", l, err)
	}
}

func testEndedContext(t *testing.T, s *subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, execErr := s.Execute(ctx, s.id, sessions.Request{Code: "1"})
	_, uploadErr := s.Upload(ctx, s.id, "x", strings.NewReader("x"))
	_, listErr := s.List(ctx, s.id, "", false)
	for op, err := range map[string]error{"Execute": execErr, "Upload": uploadErr, "List": listErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v", op, err)
		}
	}
	if got := s.value("1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}
