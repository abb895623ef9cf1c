package runs

import (
	"context"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// TestWhole: a call that shows its run gets all of the outcome, whatever others were told
// of it meanwhile, and they find the run.
func TestWhole(t *testing.T) {
	inTime(t, map[string]program{"ten": {seconds: 10, kind: true}, "one": {seconds: 1}}, func(t *testing.T, table *Table) {
		r := begin(t, table, "ten")
		if table.Going(id) != nil {
			t.Error("a run that a call waits for is found before it is shown")
		}
		r.Show(t.Context())
		if table.Going(id) != r {
			t.Fatal("the run is not found")
		}
		if r.Await(t.Context(), 5500*time.Millisecond, nil) {
			t.Fatal("it ended too soon")
		}
		if part := r.Part(); part.Stdout != "abcde" {
			t.Errorf("the part has %q", part.Stdout)
		}
		if !r.Await(t.Context(), time.Minute, nil) {
			t.Fatal("it did not end")
		}
		x, err := r.Whole(t.Context())
		if err != nil || x.Stdout != "abcdefghij" || x.Text != "done" {
			t.Errorf("the whole is %+v, %v", x, err)
		}
		if table.Going(id) != nil {
			t.Error("the run is still found")
		}
		if x := collect(t, r); x.Stdout != "fghij" {
			t.Errorf("a call that waited meanwhile is told %q", x.Stdout)
		}
		if _, err := r.Collect(t.Context()); err != ErrCollected {
			t.Errorf("another call: %v", err)
		}
	})
}

// TestWholeAfterOthers: who gets the outcome first takes nothing from the whole.
func TestWholeAfterOthers(t *testing.T) {
	inTime(t, map[string]program{"ten": {seconds: 10, kind: true}}, func(t *testing.T, table *Table) {
		r := begin(t, table, "ten")
		r.Show(t.Context())
		time.Sleep(3500 * time.Millisecond)
		r.Stop()
		r.Await(t.Context(), time.Minute, nil)
		if x := collect(t, table.Going(id)); x.Status != sessions.Stopped {
			t.Errorf("it ended as %v", x.Status)
		}
		if x, err := r.Whole(t.Context()); err != nil || x.Status != sessions.Stopped || x.Stdout != "abc" {
			t.Errorf("the whole is %+v, %v", x, err)
		}
	})
}

// TestOthersGiveUp: a call that waits for a shown run and is cancelled stops it, and takes
// nothing from the whole; nothing is left to be told of it.
func TestOthersGiveUp(t *testing.T) {
	inTime(t, map[string]program{"ten": {seconds: 10, kind: true}}, func(t *testing.T, table *Table) {
		r := begin(t, table, "ten")
		r.Show(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		if table.Going(id).Await(ctx, time.Minute, nil) {
			t.Fatal("it ended too soon")
		}
		r.Await(t.Context(), time.Minute, nil)
		if x, err := r.Whole(t.Context()); err != nil || x.Status != sessions.Stopped || x.Stdout != "abc" {
			t.Errorf("the whole is %+v, %v", x, err)
		}
		if cut := table.TakeCuts(id); cut != nil {
			t.Errorf("left to be told: %+v", cut)
		}
	})
}

// TestShownRunLetsOthersWait: a call that comes while a shown run goes on waits for its turn.
func TestShownRunLetsOthersWait(t *testing.T) {
	inTime(t, map[string]program{"ten": {seconds: 10}, "one": {seconds: 1}}, func(t *testing.T, table *Table) {
		first := begin(t, table, "ten")
		first.Show(t.Context())
		began := time.Now()
		second := begin(t, table, "one")
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("the second waited for %v", waited)
		}
		second.Await(t.Context(), time.Minute, nil)
		if x, err := first.Whole(t.Context()); err != nil || x.Text != "done" {
			t.Errorf("the first: %+v, %v", x, err)
		}
		collect(t, second)
	})
}
