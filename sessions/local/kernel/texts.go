package kernel

import "dynamic-sessions-mcp/sessions/budget"

const (
	// textCopies is how many copies of a text are in memory until the answer is
	// sent: as it came, as valid UTF-8, without what cannot be shown, and in the
	// message.
	textCopies = 4
	// freeText is how many bytes of each text an answer has room for even when the
	// account is empty: about what a model looks at.
	freeText = 16 << 10

	// The kernel sends no more bytes of a value or of an exception than these.
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
