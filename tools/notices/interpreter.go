package notices

import (
	"fmt"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// Interpreter says what became of the interpreter before and in a run that another answer
// is about; "" if it is the same with its variables, or run is nil.
func Interpreter(run *sessions.Execution) string {
	if run == nil {
		return ""
	}
	var sentences []string
	if run.Restart != "" {
		sentences = append(sentences, fmt.Sprintf("It began in a new interpreter, because %s: earlier variables and imports are gone.", prose.Line(string(run.Restart), 200)))
	}
	if r := run.Rollback; r != nil {
		sentences = append(sentences, rolledBackThen(r))
	}
	if run.VariablesLost {
		sentences = append(sentences, "The interpreter did not survive it: variables and imports are gone, files were kept.")
	}
	return strings.Join(sentences, " ")
}

func rolledBackThen(r *sessions.Rollback) string {
	const kept = "variables and imports are as they were then, files were kept."
	to := ""
	if r.Runs > 1 {
		to = fmt.Sprintf(" and the %d runs that preceded it", r.Runs-1)
	}
	switch {
	case r.Pending:
		return "It killed the interpreter, which is being rolled back to before it."
	case r.Why == "":
		return "It killed the interpreter, which was rolled back to before it" + to + ": " + kept
	case r.Runs == 0:
		return "Before it the interpreter was rolled back to what the run before had left."
	}
	return fmt.Sprintf("Before it the interpreter was rolled back to before the %s that preceded it, because %s: %s", prose.Count(r.Runs, "run", "runs"), prose.Line(string(r.Why), 200), kept)
}
