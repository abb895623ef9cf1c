package notebook

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestRollbacks: runs that were undone are not run again elsewhere, and a cell says so.
func TestRollbacks(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{})
	for _, x := range []*sessions.Execution{
		{Status: sessions.Succeeded},
		{Status: sessions.Succeeded},
		{Status: sessions.Died, Rollback: &sessions.Rollback{Runs: 2}},
		{Status: sessions.Succeeded, Rollback: &sessions.Rollback{Why: sessions.RestartDied}},
		{Status: sessions.Died, Rollback: &sessions.Rollback{Pending: true}},
		{Status: sessions.Succeeded, Rollback: &sessions.Rollback{Runs: 1, Why: sessions.RestartMemory}},
	} {
		s.Ran(id, ran("x", x))
	}
	var got []string
	for _, c := range decode(t, s.Encode(id)).Cells[1:] {
		mark := ""
		if strings.Contains(fmt.Sprint(c.Metadata["tags"]), "skip-execution") {
			mark = " skipped"
		}
		if c.Type == "markdown" && !strings.HasPrefix(strings.Join(c.Source, ""), "**Rolled back** to ") {
			t.Errorf("%s: %q", c.ID, c.Source)
		}
		got = append(got, c.ID+mark)
	}
	want := []string{"run-1", "run-2 skipped", "run-3 skipped", "rollback-3", "rollback-before-4", "run-4", "run-5 skipped", "rollback-before-6", "run-6"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSeedAfterRollback: random numbers do not repeat after a rollback, whatever was
// seeded before.
func TestSeedAfterRollback(t *testing.T) {
	t.Parallel()
	var b book
	run := func(code string, x sessions.Execution) bool { return b.ran(ran(code, &x)).Varies }
	if run("import random; random.seed(1)", sessions.Execution{Status: sessions.Succeeded}) || run("random.random()", sessions.Execution{Status: sessions.Succeeded}) {
		t.Error("what was seeded varies")
	}
	run("die()", sessions.Execution{Status: sessions.Died, Rollback: &sessions.Rollback{Runs: 1}})
	if !run("random.random()", sessions.Execution{Status: sessions.Succeeded}) {
		t.Error("after a rollback nothing varies")
	}
}
