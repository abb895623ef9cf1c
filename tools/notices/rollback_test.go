package notices

import (
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// TestRolledBack: the answer says how far back the interpreter is, and what it has.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	df := &sessions.Variables{Named: []sessions.Variable{{Name: "df", Type: "DataFrame"}}, More: 14}
	for _, test := range []struct {
		rollback  sessions.Rollback
		variables *sessions.Variables
		want      string
	}{
		{sessions.Rollback{Runs: 1}, df, "Rolled back to before this run: df and 14 other variables are there. Files are as they are now."},
		{sessions.Rollback{Runs: 1}, nil, "Rolled back to before this run: variables, imports and open files are there."},
		{sessions.Rollback{Runs: 1}, &sessions.Variables{}, "Rolled back to before this run: imports are there."},
		{sessions.Rollback{Runs: 1}, &sessions.Variables{Named: df.Named}, "before this run: df is there."},
		{sessions.Rollback{Runs: 3}, &sessions.Variables{Named: df.Named, More: 1}, "Rolled back to before the last 3 runs, this one included, which came too soon after each other to keep what each had left: df and 1 other variable are there."},
		{sessions.Rollback{Pending: true}, nil, "The interpreter is being rolled back to before this run; the next answer says whether its variables are there."},
	} {
		var l List
		l.Outcome(sessionpath.New(""), &sessions.Execution{Status: sessions.Died, Rollback: &test.rollback, Variables: test.variables}, time.Second, time.Second)
		if got := l.String(); !strings.Contains(got, test.want) || strings.Contains(got, "gone") {
			t.Errorf("%+v: %s", test.rollback, got)
		}
	}
	for runs, want := range map[int]string{
		0: "rolled back to what it was after the last run, because it had died: ",
		1: "rolled back to before the last run, because",
		4: "rolled back to before the last 4 runs, because",
	} {
		if got := rolledBackBefore(&sessions.Rollback{Runs: runs, Why: "it had died"}); !strings.Contains(got, want) {
			t.Errorf("%d: %s", runs, got)
		}
	}
}
