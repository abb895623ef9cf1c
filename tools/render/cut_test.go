package render

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/fold"
	"dynamic-sessions-mcp/tools/toolstest"
)

// numberedLines are lines that say which they are.
func numberedLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		room       int
		total      int64
		want       []string
	}{
		{"all of it", "a\nb", 10, 0, []string{"a\nb"}},
		{"the middle", numberedLines(1000), 300, 0, []string{"line 0\nline 1\n", "\n[… 968 of 1000 lines left out; FILE …]\nline ", "\nline 999"}},
		{"what the pool left out", numberedLines(1000), 300, 5_000_000, []string{"[… 4999969 of 5000000 lines left out; FILE …]"}},
		{"a long line", strings.Repeat("x", 50_000), 10_000, 0, []string{"xxx [… 48040 characters …] xxx", "\n[… long lines were cut; FILE …]"}},
		{"little room", strings.Repeat(strings.Repeat("é", 500)+"\n", 3) + "end", 400, 0, []string{"é [… ", "lines left out", "\nend"}},
	} {
		c := newCutter(fold.Lines(test.text))
		c.room, c.total = test.room, test.total
		got := c.text("FILE")
		for _, part := range test.want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: there is no %q in %.500q", test.name, part, got)
			}
		}
		if n := utf8.RuneCountInString(got); n > test.room {
			t.Errorf("%s: %d characters", test.name, n)
		}
	}
}

// TestFlood keeps within the bound whatever the texts are.
func TestFlood(t *testing.T) {
	t.Parallel()
	flood := numberedLines(100_000)
	pieces := make([]sessions.Output, 0, 2000)
	for i := range 1000 {
		pieces = append(pieces, sessions.Output{Source: sessions.SourceStdout, Start: i * 100, End: i*100 + 100}, sessions.Output{Source: sessions.SourceStderr, Start: i * 100, End: i*100 + 100})
	}
	failed := &sessions.PythonError{Name: "E", Traceback: flood}
	for name, run := range map[string]sessions.Execution{
		"one stream":              {Stdout: flood},
		"everything":              {Status: sessions.Failed, Stdout: flood, Stderr: flood, Text: flood, Error: failed},
		"a text and a flood":      {Stdout: flood, Text: "42"},
		"streams that take turns": {Stdout: flood[:100_000], Stderr: flood[:100_000], Outputs: pieces},
		"one line":                {Stdout: strings.Repeat("x", 1_000_000)},
		"wide characters":         {Stdout: strings.Repeat(strings.Repeat("漢", 90)+"x\n", 1000) + numberedLines(2000)},
	} {
		result := rendered(t, run)
		n := 0
		for _, text := range toolstest.Texts(result) {
			n += utf8.RuneCountInString(text)
			if !strings.Contains(text, ":\n") {
				t.Errorf("%s: a block without a label: %.100q", name, text)
			}
		}
		if n > DefaultMaxText+300 || n < 1500 || name == "streams that take turns" && n < 8000 {
			t.Errorf("%s: %d characters", name, n)
		}
		if all := strings.Join(toolstest.Texts(result), ""); !strings.Contains(all, "/mnt/data/.output/") {
			t.Errorf("%s: it does not say where all of it is", name)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("line\nof text\n", 30, 120, int64(0))
	f.Add(strings.Repeat("é", 300), 2, 400, int64(10))
	f.Fuzz(func(t *testing.T, text string, times, room int, total int64) {
		if times < 1 || times > 50 || room < 120 || room > 5000 || total < 0 || total > 1e15 {
			return
		}
		c := newCutter(fold.Lines(strings.ToValidUTF8(strings.Repeat(text, times), "?")))
		c.room, c.total = room, total
		if got := c.text("all of it: x"); !utf8.ValidString(got) || utf8.RuneCountInString(got) > room {
			t.Errorf("%d characters of %d: %q", utf8.RuneCountInString(got), room, got)
		}
	})
}
