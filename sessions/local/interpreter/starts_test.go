package interpreter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// TestStarts checks that only so many start at once, that the next has its turn
// when one is done, and that who waits for too long is told how much longer.
func TestStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStarts()
		ctx := context.Background()
		var ends []func()
		for range cap(s.slots) {
			end, err := s.begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end)
		}
		defer s.wait()()
		time.Sleep(startPatience / 2) // of the bubble's clock
		ends[0]()
		end, err := s.begin(ctx)
		if err != nil {
			t.Fatalf("with a slot free: %v", err)
		}
		for range 5 {
			defer s.wait()()
		}
		began := time.Now()
		_, err = s.begin(ctx)
		var full *sessions.CapacityError
		if !errors.As(err, &full) || !errors.Is(err, sessions.ErrNoCapacity) {
			t.Fatalf("with no slot free: %v", err)
		}
		if waited := time.Since(began); waited != startPatience {
			t.Errorf("it waited %v, want %v", waited, startPatience)
		}
		if full.Starting != 5 || full.RetryAfter < time.Second {
			t.Errorf("it says %+v", full)
		}
		end()
		ends[1]()
	})
}

// TestStartsCanceled checks that nobody waits longer than the pool lives.
func TestStartsCanceled(t *testing.T) {
	t.Parallel()
	s := newStarts()
	for range cap(s.slots) {
		if _, err := s.begin(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.begin(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled wait: %v", err)
	}
}
