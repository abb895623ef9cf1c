package await_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"dynamic-sessions-mcp/sessions/local/await"
)

// TestDo gives up waiting for work that goes on.
func TestDo(t *testing.T) {
	t.Parallel()
	var owner sync.WaitGroup
	release, ended := make(chan struct{}), false
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := await.Do(ctx, &owner, func(context.Context) (int, error) {
		<-release
		ended = true
		return 1, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	close(release)
	owner.Wait()
	if !ended {
		t.Error("the owner did not wait for the work")
	}
	if n, err := await.Do(t.Context(), &owner, func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
		t.Errorf("waited for: %d, %v", n, err)
	}
}

// TestLazy makes a value again only if that failed or it was reset.
func TestLazy(t *testing.T) {
	t.Parallel()
	var owner sync.WaitGroup
	made := 0
	failure := errors.New("not today")
	l := await.NewLazy(&owner, func() (int, error) {
		if made++; made == 1 {
			return 0, failure
		}
		return made, nil
	})
	if _, ok := l.Made(); ok || l.Latest() != nil {
		t.Error("it is there before it was asked for")
	}
	if _, err := l.Get(t.Context()); !errors.Is(err, failure) {
		t.Errorf("the first time: %v", err)
	}
	if _, ok := l.Made(); ok {
		t.Error("it is there although it could not be made")
	}
	for range 2 {
		if n, err := l.Get(t.Context()); n != 2 || err != nil {
			t.Errorf("the second time: %d, %v", n, err)
		}
	}
	l.Reset()
	if n, err := l.Begin().Result(); n != 3 || err != nil {
		t.Errorf("after a reset: %d, %v", n, err)
	}
	owner.Wait()
}

// TestLazyGivenUp has one caller give up, which others do not notice.
func TestLazyGivenUp(t *testing.T) {
	t.Parallel()
	var owner sync.WaitGroup
	release := make(chan struct{})
	l := await.NewLazy(&owner, func() (string, error) {
		<-release
		return "made", nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if l.Latest().Ended() {
		t.Error("the attempt has ended too")
	}
	close(release)
	if s, err := l.Get(t.Context()); s != "made" || err != nil {
		t.Errorf("another caller: %q, %v", s, err)
	}
}
