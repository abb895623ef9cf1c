package local

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// TestKeepBudget: a few states are kept one after the other, and for a longer time no more
// than the share of the processor allows.
func TestKeepBudget(t *testing.T) {
	t.Parallel()
	var b keepBudget
	now := time.Unix(0, 0)
	const each = 250 * time.Millisecond
	spend := func(d time.Duration) (spent time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(time.Second) {
			if b.allows(now) {
				b.spend(now, each)
				spent += each
			}
		}
		return spent
	}
	if got := spend(12 * time.Second); got != 12*each {
		t.Errorf("at first %v", got)
	}
	const long = 10 * time.Hour
	if got, most := spend(long), time.Duration(keepShare*float64(long)); got > most+4*each || got < most*9/10 {
		t.Errorf("in the long run %v of %v, want %v", got, long, most)
	}
	now = now.Add(long)
	if got := spend(12 * time.Second); got != 12*each {
		t.Errorf("after a pause %v", got)
	}
}

// TestTakeRollback: what was rolled back is told once, and what never came is not.
func TestTakeRollback(t *testing.T) {
	t.Parallel()
	has := &sessions.Variables{More: 1}
	s := &session{rollback: &sessions.Rollback{Runs: 2}, rolledBackTo: has}
	if r, to := s.takeRollback(); r == nil || r.Runs != 2 || to != has {
		t.Errorf("%+v, %+v", r, to)
	}
	if r, to := s.takeRollback(); r != nil || to != nil {
		t.Errorf("again: %+v, %+v", r, to)
	}
	s.rollback = &sessions.Rollback{Runs: 2, Pending: true}
	if r, _ := s.takeRollback(); r != nil || s.rollback != nil {
		t.Errorf("what never came: %+v", r)
	}
}
