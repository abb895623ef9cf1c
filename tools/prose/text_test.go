package prose

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain\ttext\n":                            "plain\ttext\n",
		"\x1b[31mred\x1b[0m":                       "red",
		"\x1b[38;5;196;1mx\x1b[K":                  "x",
		"\x1b]0;title\x07after":                    "after",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\": "link",
		"\x1b]unfinished\nnext line":               "\nnext line",
		"\x1b(Bcharset":                            "charset",
		"\u009b31mC1":                              "C1",
		"\x1b":                                     "",
		"a\x00b\x07c\x7fd":                         "abcd",
		"a\r\nb\r\n":                               "a\nb\n",
		" 10%\r 50%\r100%\n":                       "100%\n",
		"done\r":                                   "done",
		"keep\nover\rwritten":                      "keep\nwritten",
		"\u202egnp.exe":                            "gnp.exe",
		"hi\U000E0041\U000E0042":                   "hi",
		"\xff\xfe":                                 "\uFFFD",
		"é 😀":                                      "é 😀",
	} {
		if got := Clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"\x1b[31m\r\n", "\x1b]0;\x1b", "a\rb\rc", "\u009b", "\x1bPq\x1b\\", "\xff\x1b\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Fatalf("a control character at %d: %q", i, got)
		}
		if strings.Count(got, "\n") > strings.Count(s, "\n") {
			t.Fatalf("lines were added: %q", got)
		}
		if Clean(got) != got {
			t.Fatalf("cleaning again changes %q", got)
		}
	})
}
