package tools

import (
	"slices"
	"strings"
	"testing"
	"time"
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
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"\x1b[31m\r\n", "\x1b]0;\x1b", "a\rb\rc", "\u009b", "\x1bPq\x1b\\", "\xff\x1b\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Fatalf("a control character at %d: %q", i, got)
		}
		if strings.Count(got, "\n") > strings.Count(s, "\n") {
			t.Fatalf("lines were added: %q", got)
		}
		if clean(got) != got {
			t.Fatalf("cleaning again changes %q", got)
		}
	})
}

func TestShorten(t *testing.T) {
	t.Parallel()
	if got := shorten("short", 10, "x"); got != "short" {
		t.Errorf("got %q", got)
	}
	got := shorten(strings.Repeat("é", 60)+strings.Repeat("z", 40), 30, "all of it is in f")
	want := strings.Repeat("é", 20) + "\n[… 70 of 100 characters left out here; all of it is in f …]\n" + strings.Repeat("z", 10)
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		total       int
		wants, want []int
	}{
		{100, nil, []int{}},
		{100, []int{10, 20}, []int{10, 20}},
		{100, []int{10, 1000}, []int{10, 90}},
		{100, []int{1000, 1000}, []int{50, 50}},
		{100, []int{0, 30, 500, 60}, []int{0, 30, 35, 35}},
		{0, []int{5}, []int{0}},
	} {
		if got := shares(test.total, test.wants); !slices.Equal(got, test.want) {
			t.Errorf("shares(%d, %v) = %v, want %v", test.total, test.wants, got, test.want)
		}
	}
}

func TestSpanAndSize(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		200 * time.Millisecond: "0.2 s", 12 * time.Second: "12 s", time.Minute: "60 s", 220 * time.Second: "220 s", 5 * time.Minute: "5 minutes",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 19: "19 bytes", 12_345: "12345 bytes (12.3 kB)", 2_500_000: "2500000 bytes (2.5 MB)"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}
