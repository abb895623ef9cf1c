package brief

import (
	"errors"
	"strings"
	"testing"
)

func TestSaid(t *testing.T) {
	t.Parallel()
	failed := errors.New("exit status 1")
	for said, want := range map[string]string{
		"":                                   "exit status 1",
		" \n":                                "exit status 1",
		"one\n two\xff.\n":                   "one two",
		strings.Repeat("é", 300):             "…" + strings.Repeat("é", 200),
		"x" + strings.Repeat("é", 300) + "y": "…" + strings.Repeat("é", 199) + "y",
	} {
		if got := Said(said, failed); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
