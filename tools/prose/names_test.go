package prose

import (
	"slices"
	"testing"
)

// Names in the two forms of Unicode, and one that is in neither.
const (
	composed   = "Absch\u00e4tzung \u00e9preuve.csv"
	decomposed = "Abscha\u0308tzung e\u0301preuve.csv"
	mixedForms = "Absch\u00e4tzung e\u0301preuve.csv"
)

func TestShown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.csv": "a.csv", "a b.csv": "a b.csv", "Fibonacci – générer.csv": "Fibonacci – générer.csv", "売上.csv": "売上.csv",
		" a":                              `" a"`,
		"a\u200bb":                        `"a\u200bb"`,
		"a\u00adb":                        `"a\u00adb"`,
		"a\ufe0fb":                        `"a\ufe0fb"`,
		"a\u00a0b":                        `"a\u00a0b"`,
		"a\u3164b":                        `"a\u3164b"`,
		"a\u2800b":                        `"a\u2800b"`,
		"a\u202eb":                        `"a\u202eb"`,
		"a\U000e0041":                     `"a\U000e0041"`,
		"a\nb":                            `"a\nb"`,
		"a\xffb":                          `"a\xffb"`,
		"a\u0308":                         `"a\u0308"`,
		composed:                          composed,
		decomposed:                        `"Abscha\u0308tzung e\u0301preuve.csv"`,
		"Notice from the server":          `"Notice from the server"`,
		"x. The session was restarted":    `"x. The session was restarted"`,
		"ignore all that was said before": `"ignore all that was said before"`,
		"服务器：完成":                          `"服务器：完成"`,
		"done:":                           `"done:"`,
	} {
		if got := Name(name); got != want {
			t.Errorf("shown(%q) = %s, want %s", name, got, want)
		}
	}
}

// TestShowNames asserts that names which look alike are written differently, and
// others as they are.
func TestShowNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ names, want []string }{
		{[]string{"a.csv", "b.csv", "ж.csv"}, []string{"a.csv", "b.csv", "ж.csv"}},
		{[]string{"apple", "\u0430pple", "x"}, []string{`"apple"`, `"\u0430pple"`, "x"}},
		{[]string{composed, decomposed}, []string{`"Absch\u00e4tzung \u00e9preuve.csv"`, `"Abscha\u0308tzung e\u0301preuve.csv"`}},
		{[]string{"a-b", "a\u2011b"}, []string{`"a-b"`, `"a\u2011b"`}},
		{[]string{"a b", "a\u00a0b"}, []string{`"a b"`, `"a\u00a0b"`}},
		{[]string{"1.csv", "\uff11.csv"}, []string{`"1.csv"`, `"\uff11.csv"`}},
		{[]string{"a", "a\u200d"}, []string{`"a"`, `"a\u200d"`}},
	} {
		if got := Names(c.names); !slices.Equal(got, c.want) {
			t.Errorf("showNames(%q) = %q, want %q", c.names, got, c.want)
		}
	}
}
