package terminal

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestShow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		pieces, want []string
	}{
		{"plain", []string{"a\n\tb", "c\n"}, []string{"a\n\tb", "c\n"}},
		{"colours", []string{"\x1b[31;1mred\x1b[0m\n"}, []string{"red\n"}},
		{"line ends of Windows", []string{"a\r\nb\r\n"}, []string{"a\nb\n"}},
		{"carriage return", []string{" 10%\r 50%\r100%\n"}, []string{"100%\n"}},
		{"a shorter text over a longer one", []string{"abcdef\rxy\n"}, []string{"xycdef\n"}},
		{"nothing over a text", []string{"abc\r\n"}, []string{"abc\n"}},
		{"backspaces", []string{"1/5\b\b\b2/5\n"}, []string{"2/5\n"}},
		{"more backspaces than characters", []string{"a" + strings.Repeat("\b", 40) + "b"}, []string{"b"}},
		{"erased line", []string{"working…\r\x1b[Kdone\n"}, []string{"done\n"}},
		{"erased line 2", []string{"working…\x1b[2K\rdone\n"}, []string{"done\n"}},
		{"erased to the cursor", []string{"abcdef\r\x1b[2C\x1b[1K\n"}, []string{"   def\n"}},
		{"cursor up", []string{"A 0%\nB 0%\n", "\x1b[2A\x1b[2KA 50%\n\x1b[2KB 40%\n"}, []string{"", "A 50%\nB 40%\n"}},
		{"bars of tqdm", []string{"outer 0%\n\rinner 0%\x1b[A", "\n\rinner 9%\x1b[A\router 1%\n\r        \r\x1b[A\router 2%\n"}, []string{"", "outer 2%\n"}},
		{"a bar between other pieces", []string{"\r 10%", "\r 20%", "\r 30%\n"}, []string{"", "", " 30%\n"}},
		{"a line in pieces", []string{"a", "b\r\n", "c"}, []string{"a", "b\n", "c"}},
		{"erased below", []string{"a\nb\nc\x1b[2A\r\x1b[Jd\n"}, []string{"d\n"}},
		{"cleared", []string{"a\nb\n\x1b[H\x1b[2J\x1b[3Jc\n"}, []string{"c\n"}},
		{"cleared without home", []string{"a\nb\n\x1b[2Jc\n"}, []string{"c\n"}},
		{"home", []string{"abc\ndef\n\x1b[1;2HX\x1b[5;1Hghi"}, []string{"aXc\ndef\nghi"}},
		{"column", []string{"abc\x1b[2GX\n"}, []string{"aXc\n"}},
		{"next and former line", []string{"a\nb\n\x1b[2FX\x1b[EY\n"}, []string{"X\nY\n"}},
		{"saved", []string{"a\x1b[sb\x1b[uc\n"}, []string{"ac\n"}},
		{"a title", []string{"\x1b]0;title\x07text\n"}, []string{"text\n"}},
		{"a link", []string{"\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\\n"}, []string{"text\n"}},
		{"an unfinished string", []string{"\x1b]0;title\nnext\n"}, []string{"\nnext\n"}},
		{"an unfinished sequence", []string{"\x1b[31\nnext"}, []string{"\nnext"}},
		{"C1", []string{"a\u009b31mb\u0085\n"}, []string{"ab\n"}},
		{"other sequences", []string{"\x1b(B\x1b=\x1b[?25l\x1b[5;10ra\x1b[?25h\x07\n"}, []string{"a\n"}},
		{"lines between", []string{"a\nb\n\x1b[2J\x1b[2Ac\x1b[Bd"}, []string{"c\n d\n"}},
		{"letters", []string{"日本\r中\n"}, []string{"中本\n"}},
		{"no UTF-8", []string{"a\xffb\x1b[0m"}, []string{"a\uFFFDb"}},
		{"nothing", nil, []string{}},
	} {
		if got := Show(test.pieces...); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// TestScrolledOff leaves alone what the cursor cannot reach any more.
func TestScrolledOff(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("line\n", 3*rows)
	got := Show(text + "\x1b[9999A\x1b[Jend\n")[0]
	if want := strings.Repeat("line\n", 2*rows+1) + "end\n"; got != want {
		t.Errorf("%d lines, want %d", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}

// hostile is output that is meant to take time or memory.
var hostile = []string{
	strings.Repeat("\x1b[999999999C\nx", 50_000),
	strings.Repeat("x", 100_000) + strings.Repeat("\x1b[1K", 100_000),
	strings.Repeat("x", 100_000) + strings.Repeat("\r\x1b[100000C\x1b[1J", 50_000),
	strings.Repeat("\x1b[9999B\x1b[9999A\x1b[9999;9999H", 50_000),
	strings.Repeat("\x1b]", 200_000),
	strings.Repeat("\x1b[", 200_000),
	strings.Repeat("\x1b[2J\n", 100_000),
	strings.Repeat("\x1b["+strings.Repeat("9", 60)+"A", 5_000),
	strings.Repeat("\b\r", 200_000),
}

func TestHostile(t *testing.T) {
	t.Parallel()
	for _, text := range hostile {
		began := time.Now()
		got := Show(text)[0]
		if took := time.Since(began); took > 20*time.Second || len(got) > len(text)+maxPadding {
			t.Errorf("%.20q…: %v, %d bytes", text, took, len(got))
		}
	}
}

func FuzzShow(f *testing.F) {
	f.Add("a\rb\x1b[2Ac", "d\x1b[K\n", 3)
	f.Add("\x1b[2J\x1b[1;1H\b", "\u009b5C\xffx", 1)
	f.Fuzz(func(t *testing.T, a, b string, cut int) {
		pieces := []string{a, b}
		if cut > 0 && cut < len(a) {
			pieces = []string{a[:cut], a[cut:], b}
		}
		shown := Show(pieces...)
		all, size := strings.Join(shown, ""), 0
		for _, piece := range pieces {
			size += 3 * len(piece) // what is no UTF-8 takes three bytes
		}
		switch {
		case len(shown) != len(pieces):
			t.Fatalf("%d pieces of %d", len(shown), len(pieces))
		case !utf8.ValidString(all), strings.ContainsFunc(all, control):
			t.Errorf("%q is shown as %q", pieces, shown)
		case utf8.RuneCountInString(all) > size+maxPadding+rows:
			t.Errorf("%d bytes are shown as %d", size, len(all))
		}
		if again := Show(shown...); !slices.Equal(again, shown) {
			t.Errorf("%q, shown again, is %q", shown, again)
		}
	})
}
