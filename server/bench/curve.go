package bench

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A curve shows how something grows with the work, and the limit at which it ends.
type curve struct {
	name  string // by which --only picks it
	title string
	about string        // what is done, for --list
	cost  time.Duration // about, on two quiet cores
	// follow measures point after point and shows what it has. It stops at the
	// limit, or when ctx ends.
	follow func(ctx context.Context, b *bench, r *curveResult) error
}

// curves are all of them.
func curves() []curve { return []curve{sessionsCurve, outputCurve, filesCurve} }

// A curveResult is what was measured of a curve.
type curveResult struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Points []point `json:"points"`
	// Problem is why there are no more points.
	Problem string `json:"problem,omitempty"`

	table  table
	charts []chart
	notes  []string
}

// A point is one amount of work and all that was measured at it, by name: times in
// seconds, amounts in bytes or characters.
type point struct {
	At     float64              `json:"at"`
	Values map[string][]float64 `json:"values"`
}

// median returns the middle of what was measured under a name, or NaN.
func (p point) median(name string) float64 { return median(p.Values[name]) }

// draw follows a curve.
func (b *bench) draw(ctx context.Context, c curve) curveResult {
	r := curveResult{Name: c.name, Title: c.title}
	if err := c.follow(ctx, b, &r); err != nil {
		r.Problem = orInterrupted(ctx, err).Error()
		fmt.Fprintf(b.Log, "%s: %s\n", c.name, r.Problem)
	}
	return r
}

// add keeps a point and says so.
func (b *bench) add(r *curveResult, p point, about string) {
	r.Points = append(r.Points, p)
	fmt.Fprintf(b.Log, "%s: %s\n", r.Name, about)
}

// line returns the points of a name as a line of a chart, with each value as value
// makes it.
func (r curveResult) line(title, name string, mark rune, value func(at, v float64) float64) line {
	l := line{name: title, mark: mark}
	for _, p := range r.Points {
		if len(p.Values[name]) > 0 {
			l.x, l.y = append(l.x, p.At), append(l.y, value(p.At, p.median(name)))
		}
	}
	return l
}

func asIs(_, v float64) float64 { return v }

// String writes the curve for people.
func (r curveResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n", r.Title)
	if len(r.Points) > 0 {
		for _, c := range r.charts {
			fmt.Fprintf(&b, "\n```\n%s```\n", c)
		}
		fmt.Fprintf(&b, "\n%s", r.table)
	}
	for _, note := range r.notes {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	if r.Problem != "" {
		fmt.Fprintf(&b, "\nNo further, because: %s\n", oneLine(r.Problem))
	}
	return b.String()
}

// count writes a number of things.
func count(n float64) string { return fmt.Sprintf("%.0f", n) }
