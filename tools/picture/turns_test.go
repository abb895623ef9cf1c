package picture

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// unused reports whether all is as in the beginning.
func (t *turns) unused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.held) == 0 && len(t.last) == 0 && len(t.waiting) == 0
}

// waitFor waits until the condition holds.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	late := time.After(30 * time.Second)
	for !condition() {
		select {
		case <-ticker.C:
		case <-late:
			t.Fatal("it does not happen")
		}
	}
}

// TestTurnsGoRound checks that who asks once is not behind all that another has
// asked for before.
func TestTurnsGoRound(t *testing.T) {
	t.Parallel()
	lane := newTurns(1)
	if err := lane.enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	order := make(chan string, 10)
	var all sync.WaitGroup
	for i, user := range []string{"a", "a", "a", "b", "b", "c"} {
		all.Go(func() {
			if err := lane.enter(t.Context(), user); err != nil {
				t.Error(err)
			}
			order <- user
			lane.leave(user)
		})
		waitFor(t, func() bool { lane.mu.Lock(); defer lane.mu.Unlock(); return len(lane.waiting) == i+1 })
	}
	lane.leave("a")
	all.Wait()
	close(order)
	got := ""
	for user := range order {
		got += user
	}
	if got != "bcabaa" || !lane.unused() {
		t.Errorf("the order is %s, left %+v", got, lane)
	}
}

// TestTurnThatNobodyWaitsFor gives up waiting.
func TestTurnThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	lane := newTurns(2)
	if err := lane.enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- lane.enter(ctx, "a") }()
	waitFor(t, func() bool { lane.mu.Lock(); defer lane.mu.Unlock(); return len(lane.waiting) == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := lane.enter(ctx, "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("entered with %v", err)
	}
	lane.leave("a")
	if !lane.unused() {
		t.Errorf("left: %+v", lane)
	}
}
