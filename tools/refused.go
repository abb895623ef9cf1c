package tools

import (
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// maxRefusals is how many refusals an answer tells of.
const maxRefusals = 5

// refused tells of connections that the code was refused, unless it says so itself.
func refused(run *sessions.Execution) (sentences []string) {
	said := run.Stdout + run.Stderr
	if run.Error != nil {
		said += run.Error.Message + run.Error.Traceback
	}
	for _, c := range run.Connections {
		if len(sentences) < maxRefusals && c.Host != "" && c.Refused != "" && !strings.Contains(said, c.Refused) {
			sentences = append(sentences, "A connection was refused: "+prose.Line(c.Refused, 600)+".")
		}
	}
	return sentences
}
