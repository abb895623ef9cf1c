// Package mistake has the errors that a model can act on: their texts are shown to
// it as they are. All other errors are translated or hidden before a model sees
// them.
package mistake

import (
	"errors"
	"fmt"
)

// A mistake is an error that the caller can fix.
type mistake struct{ text string }

// Error implements error.
func (m mistake) Error() string { return m.text }

// New returns an error with a text for the model, which must say what happened,
// why, and what to do next.
func New(text string) error { return mistake{text} }

// Errorf is New with a format. It wraps nothing: foreign text in it must have been
// made safe, with package prose for example.
func Errorf(format string, args ...any) error {
	return mistake{fmt.Sprintf(format, args...)}
}

// Text returns the text of the mistake that err is or wraps. ok is false if there is
// none.
func Text(err error) (text string, ok bool) {
	m, ok := errors.AsType[mistake](err)
	return m.text, ok
}
