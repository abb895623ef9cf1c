package notebook

import (
	"fmt"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// A Run is code that ran.
type Run struct {
	Code  string
	Began time.Time
	Took  time.Duration
	// Limit is the time that it had.
	Limit time.Duration
	// Outcome is what came of it; nil if nobody knows. It must not change any more.
	Outcome *sessions.Execution
}

// runCell is the cell of the run that is counted as n.
func runCell(r Run, n int, varies bool) cell {
	c := codeCell(fmt.Sprintf("run-%d", n), r.Code)
	c.Count = &n
	var tags []string
	switch x := r.Outcome; {
	case x == nil:
		tags = append(tags, "skip-execution")
		c.Outputs = append(c.Outputs, marshal(raised{"error", "Ended", "unknown", []string{"The outcome of this run is not known."}}))
	default:
		c.Outputs = outputsOf(x, n)
		if x.Error != nil || strings.Contains(r.Code, Name) { // there is none elsewhere
			tags = append(tags, "raises-exception")
		} else if x.Status != sessions.Succeeded {
			tags = append(tags, "skip-execution")
		}
	}
	if varies || r.Outcome != nil && len(r.Outcome.Late) > 0 {
		tags = append(tags, "nbval-ignore-output")
	}
	if tags != nil {
		c.Metadata["tags"] = tags
	}
	began, ended := stamp(r.Began), stamp(r.Began.Add(r.Took))
	c.Metadata["execution"] = map[string]string{
		"iopub.status.busy": began, "iopub.execute_input": began, "shell.execute_reply": ended, "iopub.status.idle": ended,
	}
	return c
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// restartCells are those about a change of the interpreter, or of the whole session,
// before a run; nil if nothing changed. The second makes that so elsewhere.
func restartCells(x *sessions.Execution, replaced bool, n int) []cell {
	var text string
	switch {
	case x == nil:
		return nil
	case replaced:
		text = "**A new session**: earlier variables, imports and files are gone."
	case x.Restart != "":
		text = "**A new interpreter**, because " + prose.Line(string(x.Restart), 200) + ": earlier variables and imports are gone, files were kept."
	default:
		return nil
	}
	reset := codeCell(fmt.Sprintf("restart-%d-reset", n), "%reset -sf")
	return []cell{markdownCell(fmt.Sprintf("restart-%d", n), text), reset}
}
