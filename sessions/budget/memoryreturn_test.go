package budget

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestMemoryIsReturned gives the memory of every large answer back: that of the
// first at once, and that of all that follow within the pause when it is over.
func TestMemoryIsReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(1 << 30)
		defer s.Close()
		var returned atomic.Int32
		s.memory.free = func() { returned.Add(1) }
		answer := func(bytes int64) {
			a := s.Open("ada")
			a.Take(bytes)
			a.Close()
		}
		expect := func(when string, want int32) {
			t.Helper()
			synctest.Wait()
			if got := returned.Load(); got != want {
				t.Errorf("%s memory was returned %d times, want %d", when, got, want)
			}
		}
		answer(largeAnswer - 1)
		expect("after a small answer", 0)
		answer(largeAnswer)
		expect("after a large answer", 1)
		time.Sleep(returnPause / 2) // of the bubble's clock
		answer(largeAnswer)
		answer(largeAnswer)
		expect("after two more within the pause", 1)
		time.Sleep(returnPause / 2)
		expect("at the end of the pause", 2)
		time.Sleep(time.Hour)
		expect("long after it", 2)
		answer(largeAnswer)
		expect("after another one", 3)
	})
}

// TestCloseReturnsMemory does not wait for the end of the pause.
func TestCloseReturnsMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(1 << 30)
		var returned atomic.Int32
		s.memory.free = func() { returned.Add(1) }
		began := time.Now()
		for range 2 {
			s.memory.want()
		}
		s.Close()
		s.Close()
		if n := returned.Load(); n != 2 || time.Since(began) > 0 {
			t.Errorf("returned %d times after %v", n, time.Since(began))
		}
		s.memory.want()
		if n := returned.Load(); n != 3 {
			t.Errorf("after the end it was returned %d times", n)
		}
	})
}
