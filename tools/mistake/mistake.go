package mistake

import (
	"errors"
	"fmt"
)

// A mistake is what the caller can fix. Its text is for the model to read.
type mistake struct{ text string }

// Error implements error.
func (m mistake) Error() string { return m.text }

// New returns an error whose text is shown to the model as it is: it must say
// what happened, why, and what to do next.
func New(text string) error { return mistake{text} }

// Errorf is Mistake with a format.
func Errorf(format string, args ...any) error {
	return mistake{fmt.Sprintf(format, args...)}
}

// Text returns the text of a mistake that err is or wraps.
func Text(err error) (text string, ok bool) {
	m, ok := errors.AsType[mistake](err)
	return m.text, ok
}
