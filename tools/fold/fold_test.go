package fold

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	t.Parallel()
	many := func(n int, text string) string { return strings.Repeat(text, n) }
	for _, test := range []struct{ name, text, want string }{
		{"one line", "a", "a"},
		{"nothing repeats", "a\nb\nc\n", "a\nb\nc"},
		{"equal lines", "begin\n" + many(500, "value clipped\n") + "end\n", "begin\nvalue clipped (×500)\nend"},
		{"too short to be folded", "0\n0\n0\n0\n", "0\n0\n0\n0"},
		{"twice", many(2, "a line of some length, which comes twice\n"), "a line of some length, which comes twice\na line of some length, which comes twice"},
		{"a block", many(50, "first line\nsecond\nthird\n") + "first line\n", "first line\nsecond\nthird\n(the 3 lines above ×50)\nfirst line"},
		{"a block of ten twice", many(2, "1 abcde\n2 abcde\n3 abcde\n4 abcde\n5 abcde\n6 abcde\n7 abcde\n8 abcde\n9 abcde\n10 abcde\n"),
			"1 abcde\n2 abcde\n3 abcde\n4 abcde\n5 abcde\n6 abcde\n7 abcde\n8 abcde\n9 abcde\n10 abcde\n(the 10 lines above ×2)"},
		{"another line between", many(20, "abcdefgh\n") + "abcdefgi\n" + many(20, "abcdefgh\n"), "abcdefgh (×20)\nabcdefgi\nabcdefgh (×20)"},
		{"numbers differ", "step 1\nstep 2\nstep 3\nstep 4\nstep 5\nstep 6\n", "step 1\nstep 2\nstep 3\nstep 4\nstep 5\nstep 6"},
		{"empty lines", "a" + many(100, "\n") + "b", "a\n(99 empty lines)\nb"},
	} {
		lines := Lines(test.text)
		var got []string
		count := 0
		for _, line := range lines {
			got = append(got, line.Text)
			count += line.Count
		}
		if text := strings.Join(got, "\n"); text != test.want {
			t.Errorf("%s: got %q, want %q", test.name, text, test.want)
		}
		if want := strings.Count(strings.TrimSuffix(test.text, "\n"), "\n") + 1; count != want {
			t.Errorf("%s: they stand for %d lines of %d", test.name, count, want)
		}
	}
}

const converge = "/lib/sklearn/_logistic.py:473: ConvergenceWarning: lbfgs failed to converge (status=1):\n" +
	"STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT.\n\nIncrease the number of iterations:\n    https://scikit-learn.org/x.html\n" +
	"  n_iter_i = _check_optimize_result(\n"

func TestWarnings(t *testing.T) {
	t.Parallel()
	glyph := func(n int) string {
		return fmt.Sprintf("<cell 1>:3: UserWarning: Glyph %d (\\N{CJK UNIFIED IDEOGRAPH-%X}) missing from font(s) DejaVu Sans.\n  plt.show()\n", n, n)
	}
	for _, test := range []struct {
		name         string
		pieces, want []string
	}{
		{"other text", []string{"a\nb\n", "a\n"}, []string{"a\nb\n", "a\n"}},
		{"once", []string{converge + "x\n"}, []string{converge + "x\n"}},
		{"in one piece", []string{strings.Repeat(converge, 3) + "x\n"}, []string{strings.Replace(converge, "=1):\n", "=1): (×3)\n", 1) + "x\n"}},
		{"between others", []string{converge, "fold 1\n" + converge, converge}, []string{strings.Replace(converge, "=1):\n", "=1): (×3)\n", 1), "fold 1\n", ""}},
		{"characters", []string{glyph(0x6708) + glyph(0x5EA6) + glyph(0x9500) + glyph(0x5EA6)},
			[]string{strings.Replace(glyph(0x6708), "Sans.\n", "Sans. (×4, also with 24230, 38144)\n", 1)}},
		{"numbers of the message", []string{converge, strings.Replace(converge, "(status=1)", "(status=2)", 1), strings.Replace(converge, "iterations:", "iterations 7:", 1)},
			[]string{strings.Replace(converge, "=1):\n", "=1): (×2, also with 2)\n", 1), "", strings.Replace(converge, "iterations:", "iterations 7:", 1)}},
		{"another source", []string{"<cell 1>:3: UserWarning: m\n  f()\n<cell 1>:4: UserWarning: m\n  g()\n"}, []string{"<cell 1>:3: UserWarning: m\n  f()\n<cell 1>:4: UserWarning: m\n  g()\n"}},
		{"another message", []string{"x.py:1: UserWarning: a\nx.py:1: UserWarning: b\n"}, []string{"x.py:1: UserWarning: a\nx.py:1: UserWarning: b\n"}},
		{"a log", []string{"findfont: Font family 'Arial' not found.\nfindfont: Font family 'X' not found.\nfindfont: Font family 'Arial' not found.\n"},
			[]string{"findfont: Font family 'Arial' not found. (×2)\nfindfont: Font family 'X' not found.\n"}},
		{"rows of a log", []string{"2026-01-02 WARNING row 1 is bad\n2026-01-02 WARNING row 2 is bad\n"}, []string{"2026-01-02 WARNING row 1 is bad (×2, also with 2)\n"}},
		{"errors stay", []string{"ERROR: row 1\nERROR: row 2\n"}, []string{"ERROR: row 1\nERROR: row 2\n"}},
		{"equal pieces", []string{"clipped\n", "clipped\n", "clipped\n"}, []string{"clipped (×3)\n", "", ""}},
		{"two equal pieces", []string{"clipped\n", "clipped\n"}, []string{"clipped\n", "clipped\n"}},
		{"many numbers", []string{strings.Join(rows(30), "")}, []string{"WARNING row 0 (×30, also with 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …)\n"}},
	} {
		if got := Warnings(slices.Clone(test.pieces)); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func rows(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("WARNING row %d\n", i))
	}
	return lines
}

// unfold undoes Lines.
func unfold(lines []Line) string {
	var out []string
	for _, line := range lines {
		var period, times int
		text, _, _ := strings.Cut(line.Text, " (×")
		_, block := fmt.Sscanf(line.Text, "(the %d lines above ×%d)", &period, &times)
		_, empty := fmt.Sscanf(line.Text, "(%d empty lines)", &times)
		switch {
		case line.Count == 1:
			out = append(out, line.Text)
		case block == nil:
			last := slices.Clone(out[len(out)-period:])
			for range times - 1 {
				out = append(out, last...)
			}
		case empty == nil:
			out = append(out, slices.Repeat([]string{""}, line.Count)...)
		default:
			out = append(out, slices.Repeat([]string{text}, line.Count)...)
		}
	}
	return strings.Join(out, "\n")
}

func FuzzLines(f *testing.F) {
	f.Add("ab", "value", 20)
	f.Add("abcabcabcd", "line of text", 3)
	f.Fuzz(func(t *testing.T, pattern, word string, times int) {
		if strings.ContainsAny(word, "(\n \t") || strings.ContainsAny(pattern, "(\n \t") || times < 1 || times > 100 || len(pattern) > 50 {
			return
		}
		var lines []string
		for range times {
			for _, r := range pattern {
				lines = append(lines, word+string(r))
			}
		}
		text := strings.Join(lines, "\n")
		folded := Lines(text)
		if got := unfold(folded); strings.TrimSpace(text) != "" && strings.TrimSpace(word) != "" && got != strings.ToValidUTF8(text, "\uFFFD") && got != text {
			t.Errorf("%q is folded to %+v", text, folded)
		}
	})
}

func FuzzWarnings(f *testing.F) {
	f.Add(converge, "WARNING 1\nWARNING 2\n  x\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := Warnings([]string{a, b, a, a})
		for i, want := range []string{a, b, a, a} {
			if len(got[i]) > len(want)+600*(strings.Count(want, "\n")+1) {
				t.Errorf("%q is folded to %q", want, got[i])
			}
		}
		for line := range strings.Lines(a) {
			if line = strings.TrimSuffix(line, "\n"); !isWarning(line) && !strings.Contains(strings.Join(got, "\n"), line) {
				t.Errorf("%q is lost: %q", line, got)
			}
		}
	})
}
