package notices

import (
	"fmt"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// rolledBack says to what the interpreter went back that a run has killed.
func rolledBack(run *sessions.Execution) string {
	r := run.Rollback
	switch {
	case r.Pending:
		return "The interpreter is being rolled back to before this run; the next answer says whether its variables are there. Files are as they are now."
	case r.Runs <= 1:
		return fmt.Sprintf("Rolled back to before this run: %s. Files are as they are now.", areThere(run.Variables))
	}
	return fmt.Sprintf("Rolled back to before the last %d runs, this one included, which came too soon after each other to keep what each had left: %s. Files are as they are now. Repeat what is needed of those runs.",
		r.Runs, areThere(run.Variables))
}

// rolledBackBefore says to what the interpreter went back in which a run began.
func rolledBackBefore(r *sessions.Rollback) string {
	why := ""
	if r.Why != "" {
		why = ", because " + prose.Line(string(r.Why), 200)
	}
	return fmt.Sprintf("Before this code ran the interpreter was rolled back to %s%s: variables and imports are as they were then, files as they are now.", r.Point(), why)
}

// areThere says which variables there are, such as "df and 14 other variables are there".
func areThere(v *sessions.Variables) string {
	if v == nil {
		return "variables, imports and open files are there"
	}
	n := len(v.Named) + v.More
	switch {
	case n == 0:
		return "imports are there"
	case len(v.Named) == 0:
		return prose.Count(n, "variable is there", "variables are there")
	case n == 1:
		return prose.Line(v.Named[0].Name, 40) + " is there"
	}
	return fmt.Sprintf("%s and %s", prose.Line(v.Named[0].Name, 40), prose.Count(n-1, "other variable are there", "other variables are there"))
}
