package tools

import (
	"strings"
	"testing"
)

// TestSeal: what was sealed comes back as it was, and nothing that others have made, or
// sealed with another key, or changed.
func TestSeal(t *testing.T) {
	t.Parallel()
	s := newSeal()
	want := retry{Handle: "a-handle", New: true, Run: 7}
	state := s.close(want)
	if got, ok := s.open(state); !ok || got.Handle != want.Handle || !got.New || got.Run != 7 {
		t.Errorf("%+v, %v", got, ok)
	}
	body, sum, _ := strings.Cut(state, ".")
	for name, forged := range map[string]string{
		"nothing": "", "no seal": body, "an empty seal": body + ".", "another body": s.close(retry{Run: 8})[:len(body)] + "." + sum,
		"another key": newSeal().close(want), "more": state + "A", "a dot more": state + ".", "cut": state[:len(state)-2], "garbage": "\x00.\xff",
	} {
		if got, ok := s.open(forged); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzSeal(f *testing.F) {
	s := newSeal()
	f.Add("eyJyIjoxfQ.AAAA")
	f.Fuzz(func(t *testing.T, state string) {
		if r, ok := s.open(state); ok {
			t.Errorf("%q opens as %+v", state, r)
		}
	})
}
