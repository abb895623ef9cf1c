package bench

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestChart(t *testing.T) {
	t.Parallel()
	c := chart{
		title: "How long it takes",
		x:     axis{"size", bytes},
		y:     axis{"time", seconds},
		lines: []line{
			{"up", 'o', []float64{1e3, 1e4, 1e5, 1e6}, []float64{0.001, 0.01, 0.1, 1}},
			{"down", '×', []float64{1e3, 1e6, 0}, []float64{0.01, 0.01, 5}},
		},
		limits: []limit{{1e5, "the end"}},
	}
	const want = `How long it takes

       time
     1.00 s ┤                                         ┊                   o
            ┤                                         ┊
            ┤                                         ┊
            ┤                                         ┊
     100 ms ┤                                         o
            ┤                                         ┊
            ┤                                         ┊
            ┤                                         ┊
      10 ms ┤×                   o                    ┊                   ×
            ┤                                         ┊
            ┤                                         ┊
            ┤                                         ┊
     1.0 ms ┤o                                        ┊
            └──────────────────────────────────────────────────────────────
           1 kB                10 kB               100 kB               1 MB
                                          size

            o up
            × down
            ┊ at 100 kB: the end
`
	if got := c.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestChartsAreNarrow: they fit into a terminal whatever they have.
func TestChartsAreNarrow(t *testing.T) {
	t.Parallel()
	for _, c := range []chart{
		{},
		{x: axis{"x", count}, y: axis{"y", count}, lines: []line{{"one point", 'o', []float64{5}, []float64{7}}}},
		{x: axis{"x", bytes}, y: axis{"y", seconds}, lines: []line{{"many", 'o', []float64{1, 1e12}, []float64{1e-6, 1e6}}}, limits: []limit{{1e13, "beyond"}}},
	} {
		if c.x.format == nil {
			c.x.format, c.y.format = count, count
		}
		for l := range strings.Lines(c.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > 80 {
				t.Errorf("a line has %d characters: %q", n, l)
			}
		}
	}
}
