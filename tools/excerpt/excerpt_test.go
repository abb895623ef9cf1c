package excerpt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/tools/mistake"
)

func limits() Limits { return Limits{Whole: 100, Chars: 200, Line: 50, Time: time.Minute} }

// numbered is n lines with their numbers.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i+1)
	}
	return b.String()
}

func read(t *testing.T, text, lines string) Excerpt {
	t.Helper()
	r, err := ParseRange(lines)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Read(t.Context(), strings.NewReader(text), r, limits())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1_000_000)
	for _, tt := range []struct {
		name, text, lines string
		want              []Part
		whole             bool
		count, cut        int
	}{
		{"short", "a,b\r\n1,2\r\n", "", []Part{{1, 2, "a,b\r\n1,2\r\n"}}, true, 2, 0},
		{"no newline at the end", "a\nb", "", []Part{{1, 2, "a\nb"}}, true, 2, 0},
		{"empty", "", "", nil, true, 0, 0},
		{"old Mac", "a\rb\rc", "", []Part{{1, 3, "a\nb\nc"}}, true, 3, 0},
		{"old Mac, one line", "a\rb\rc", "2", []Part{{2, 2, "b\n"}}, false, 3, 0},
		{"one line of many", numbered(1000), "7", []Part{{7, 7, "line 7\n"}}, false, 1000, 0},
		{"some", numbered(1000), "998-2000", []Part{{998, 1000, "line 998\nline 999\nline 1000\n"}}, false, 1000, 0},
		{"from", numbered(10), "9-", []Part{{9, 10, "line 9\nline 10\n"}}, false, 10, 0},
		{"last", numbered(10), "-2", []Part{{9, 10, "line 9\nline 10\n"}}, false, 10, 0},
		{"more than there are", numbered(2), "-50", []Part{{1, 2, numbered(2)}}, false, 2, 0},
		{"none", numbered(10), "11-20", nil, false, 10, 0},
		{"a huge line", long, "", []Part{{1, 1, strings.Repeat("é", 50) + " [… 999950 more characters]\n"}}, false, 1, 1},
		{"a huge line between", "a\n" + long + "\nb\n", "2-3", []Part{{2, 3, strings.Repeat("é", 50) + " [… 999951 more characters]\nb\n"}}, false, 3, 1},
	} {
		got := read(t, tt.text, tt.lines)
		if fmt.Sprint(got.Parts) != fmt.Sprint(tt.want) || got.Whole != tt.whole || got.Lines != tt.count || got.Cut != tt.cut {
			t.Errorf("%s: got %.300q, whole %t, %d lines, %d cut", tt.name, fmt.Sprint(got.Parts), got.Whole, got.Lines, got.Cut)
		}
	}
}

// The ends of a long text do not overlap, and have what fits.
func TestEnds(t *testing.T) {
	t.Parallel()
	for _, n := range []int{15, 16, 20, 1000, 100_000} {
		e := read(t, numbered(n), "")
		if len(e.Parts) != 2 || e.Whole || e.Lines != n {
			t.Fatalf("%d lines: %+v", n, e)
		}
		head, tail := e.Parts[0], e.Parts[1]
		if head.First != 1 || tail.Last != n || head.Last >= tail.First || !strings.HasPrefix(head.Text, "line 1\n") ||
			!strings.HasSuffix(tail.Text, fmt.Sprintf("line %d\n", n)) || len(head.Text)+len(tail.Text) > 100 {
			t.Errorf("%d lines: %+v", n, e.Parts)
		}
	}
	e := read(t, numbered(1000), "200-400")
	if len(e.Parts) != 1 || e.Parts[0].First != 200 || len(e.Parts[0].Text) > 200 || e.Parts[0].Last < 215 {
		t.Errorf("a part that is too long: %+v", e)
	}
}

// A text that takes too long is not read to its end.
func TestTime(t *testing.T) {
	t.Parallel()
	l := limits()
	l.Time = -time.Second
	e, err := Read(t.Context(), strings.NewReader(numbered(10)), Range{}, l)
	if err != nil || !e.Uncounted || e.Whole {
		t.Errorf("%+v, %v", e, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, strings.NewReader("x"), Range{}, limits()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Read(t.Context(), io.MultiReader(strings.NewReader("x"), failing{}), Range{}, limits()); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRangesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"0": "count from 1", "0-5": "count from 1", "400-200": `"200-400" is the same`, "abc": "no range", "-": "no range", "1-2-3": "no range",
		"--5": "no range", "-0": "no range", "1,5": "no range", "99999999999999999999": "no range", "1e3": "no range", "\x00": "no range",
	} {
		_, err := ParseRange(given)
		if text, ok := mistake.Text(err); !ok || !strings.Contains(text, want) || !strings.Contains(text, `"200-400"`) {
			t.Errorf("%q: %v", given, err)
		}
	}
	for given, want := range map[string]Range{
		"": {}, " ": {}, "7": {First: 7, Last: 7}, "200-400": {First: 200, Last: 400}, "200–400": {First: 200, Last: 400}, "200 - 400": {First: 200, Last: 400},
		"200-": {First: 200}, "-50": {End: 50}, "L5-L9": {First: 5, Last: 9}, "5:9": {First: 5, Last: 9}, "5..9": {First: 5, Last: 9},
	} {
		if got, err := ParseRange(given); err != nil || got != want {
			t.Errorf("%q is %+v, %v", given, got, err)
		}
	}
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"200-400", "200-", "-50", "7", "", "–", "L1-L2", "0-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		r, err := ParseRange(given)
		if err != nil {
			if text, ok := mistake.Text(err); !ok || !utf8.ValidString(text) {
				t.Errorf("%q: %v", given, err)
			}
			return
		}
		if again, err := ParseRange(r.String()); err != nil || again != r {
			t.Errorf("%q is %+v, written %q, which is %+v, %v", given, r, r.String(), again, err)
		}
		if first, last, ok := r.Of(10); ok && (first < 1 || last > 10) {
			t.Errorf("%q of 10 is %d to %d", given, first, last)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add("a\nb\r\nc", "2-")
	f.Add("a\rb\r", "")
	f.Add(strings.Repeat("x\n", 100), "-3")
	f.Fuzz(func(t *testing.T, text, lines string) {
		r, err := ParseRange(lines)
		if err != nil || !utf8.ValidString(text) {
			return
		}
		e, err := Read(t.Context(), strings.NewReader(text), r, limits())
		if err != nil {
			t.Fatal(err)
		}
		last := 0
		for _, p := range e.Parts {
			if p.First <= last || p.Last < p.First || p.Last > e.Lines || !utf8.ValidString(p.Text) || utf8.RuneCountInString(p.Text) > 400 {
				t.Errorf("%q of %q: %+v", lines, text, e)
			}
			last = p.Last
		}
	})
}
