//go:build chaos && linux

package chaos

import (
	"sync"
	"testing"
)

// A tally counts what happened, so that a run in which nothing did is not taken
// for one in which all went well.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (y *tally) add(what string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.counts == nil {
		y.counts = map[string]int{}
	}
	y.counts[what]++
}

// report fails if most calls failed, or if a kind of conversation did nothing.
func (y *tally) report(t *testing.T) {
	t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	t.Logf("what happened: %v", y.counts)
	for _, needed := range []string{"set", "get", "upload", "download", "fault"} {
		if y.counts[needed] == 0 {
			t.Errorf("nothing of the kind %q happened", needed)
		}
	}
	if good, all := y.counts["good answer"], y.counts["call"]; good*2 < all {
		t.Errorf("only %d of %d calls did what they were asked", good, all)
	}
}
