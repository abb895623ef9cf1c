package tools

import (
	"fmt"

	"dynamic-sessions-mcp/tools/runs"
)

// decided tells what the user has said since the last answer of what the code wants.
func decided(run *runs.Run) (sentences []string) {
	for _, d := range run.Decisions() {
		sentences = append(sentences, sentenceOf(d))
	}
	return sentences
}

func sentenceOf(d runs.Decision) string {
	at := fmt.Sprintf("%s:%d", d.Host, d.Port)
	switch {
	case d.Allowed && d.Late:
		return "The user allowed this conversation to connect to " + at + ", when the code had ended: run it again if it failed for that."
	case d.Allowed:
		return "The user allowed this conversation to connect to " + at + "."
	case d.Answered:
		return "The user does not allow this conversation to connect to " + at + ", and is not asked again: do not try other ways there."
	}
	return "The user was asked whether this conversation may connect to " + at + ", and has not answered."
}
