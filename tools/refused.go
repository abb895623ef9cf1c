package tools

import (
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// refused tells of connections that the code was refused, unless it says so itself.
func refused(run *sessions.Execution) (sentences []string) {
	said := run.Stdout + run.Stderr
	if run.Error != nil {
		said += run.Error.Message + run.Error.Traceback
	}
	for _, why := range run.Refused {
		if !strings.Contains(said, why) {
			sentences = append(sentences, "A connection was refused: "+prose.Line(why, 600)+".")
		}
	}
	return sentences
}
