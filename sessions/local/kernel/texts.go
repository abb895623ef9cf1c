package kernel

import "dynamic-sessions-mcp/sessions/budget"

const (
	// textCopies is how often a text is in memory until it is answered: as it
	// came, as valid UTF-8, without what cannot be shown, and in the message.
	textCopies = 4
	// freeText is how much of each stream an answer has room for whatever the
	// others have: about what a model looks at.
	freeText = 16 << 10

	// What the kernel makes of a value and of an exception is no longer.
	maxValue     = 8 << 20
	maxName      = 2 << 10
	maxMessage   = 256 << 10
	maxTraceback = 1 << 20
)

// texts is the memory for the texts of an execution.
type texts struct {
	memory *budget.Account
	short  bool // there was not enough
}

// take reports whether n bytes of text may be kept.
func (t *texts) take(n int) bool {
	ok := t.memory.Take(int64(n) * textCopies)
	t.short = t.short || !ok
	return ok
}
