package budget

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestShares(t *testing.T) {
	t.Parallel()
	s := New(8)
	for i, want := range []bool{true, true, true, true, false} {
		if s.Take("ada", 1) != want {
			t.Errorf("take %d of ada: want %t", i, want)
		}
	}
	if !s.Take("bob", 2) || s.Take("bob", 1) || !s.Take("cy", 1) {
		t.Error("bob and cy do not get what is left for them")
	}
	s.Give("bob", 2)
	s.Give("ada", 4)
	s.Give("cy", 1)
	if s.free != 8 || len(s.held) != 0 {
		t.Errorf("%d are free, %v held", s.free, s.held)
	}
}

func TestSharesWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(4)
		if !s.Wait(t.Context(), "ada", 2) {
			t.Fatal("what is free must be given")
		}
		late, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if s.Wait(late, "ada", 2) || late.Err() == nil {
			t.Error("ada got more than her share")
		}
		go s.Give("ada", 2)
		if !s.Wait(t.Context(), "ada", 2) {
			t.Error("nothing after it was given back")
		}
	})
}

// An account that has something waits a moment, and only once: two that wait for
// each other both come to their end.
func TestAccountsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(8)
		ada, bob := s.Open("ada"), s.Open("bob")
		defer ada.Close()
		defer bob.Close()
		if !ada.Take(4) || !bob.Take(2) {
			t.Fatal("what is free must be given")
		}
		began := time.Now()
		both := make(chan bool, 2)
		go func() { both <- ada.Take(4) }()
		go func() { both <- bob.Take(4) }()
		for range 2 {
			if <-both {
				t.Error("more was given than there is")
			}
		}
		for range 100 {
			if ada.Take(4) || bob.Take(4) {
				t.Fatal("more was given than there is")
			}
		}
		if took := time.Since(began); took != patience {
			t.Errorf("they waited for %v, want %v", took, patience)
		}
	})
}

func TestAccountTakesWhatIsGivenBackInAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(8)
		ada, bob := s.Open("ada"), s.Open("bob")
		ada.Take(4)
		bob.Take(1)
		go func() {
			time.Sleep(patience / 2)
			ada.Close()
		}()
		if !bob.Take(3) || bob.Held() != 4 || s.Held() != 4 {
			t.Errorf("bob has %d, all have %d", bob.Held(), s.Held())
		}
		if ada.Take(1) {
			t.Error("a closed account took something")
		}
		bob.Keep(1)
		if s.Held() != 1 {
			t.Errorf("%d are held, want what was kept", s.Held())
		}
		bob.Close()
		bob.Close()
		if s.Held() != 0 || len(s.held) != 0 {
			t.Errorf("%d are held by %v after all was closed", s.Held(), s.held)
		}
	})
}

// What belongs to a user and a session must be within the share of both.
func TestAccountIsWithinTheShareOfEachHolder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(16)
		for i, tt := range []struct {
			user, session string
			n             int64
			want          bool
		}{
			{"ada", "one", 5, true},
			{"ada", "one", 1, true},
			{"ada", "two", 5, false}, // of ada's share
			{"ada", "two", 4, true},
			{"bob", "one", 1, false}, // the session has as much as it may
			{"bob", "three", 4, true},
		} {
			a := s.Open(tt.user)
			a.Join(tt.session)
			if got := a.Take(tt.n); got != tt.want {
				t.Errorf("%d: %s takes %d for session %s: %t", i, tt.user, tt.n, tt.session, got)
			}
			if a.Join("late"); len(a.who) != 2 {
				t.Errorf("%d: somebody joined what has something", i)
			}
		}
	})
}

func TestNilAccountHasNoBounds(t *testing.T) {
	t.Parallel()
	a := FromContext(t.Context())
	if !a.Take(1<<60) || !a.Wait(t.Context(), 1<<60) || a.Held() != 0 {
		t.Error("an account that there is not has bounds")
	}
	a.Join("ada")
	a.Give(1)
	a.Keep(1)
	a.Close()
}
