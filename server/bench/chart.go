package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// The size of a chart, in characters: with its axis and labels it is 76 wide.
const (
	chartWidth  = 62
	chartHeight = 13 // so that 2, 3, 4 or 6 powers of ten have as many rows each
)

// A chart is drawn with logarithmic axes, in text.
type chart struct {
	title string
	x, y  axis
	lines []line
	// limits are where something ends, drawn from bottom to top.
	limits []limit
}

// An axis says how its values are written.
type axis struct {
	name   string
	format func(float64) string
}

// A line is a series of points, each drawn as a mark.
type line struct {
	name string
	mark rune
	x, y []float64
}

// A limit is a value of x.
type limit struct {
	at   float64
	name string
}

// String draws the chart, with the lines below it that explain the marks.
func (c chart) String() string {
	var xs, ys []float64
	for _, l := range c.lines {
		for i := range min(len(l.x), len(l.y)) {
			if drawable(l.x[i]) && drawable(l.y[i]) {
				xs, ys = append(xs, l.x[i]), append(ys, l.y[i])
			}
		}
	}
	for _, l := range c.limits {
		xs = append(xs, l.at)
	}
	x, y := scaleOf(xs), scaleOf(ys).decades()
	grid := make([][]rune, chartHeight)
	for i := range grid {
		grid[i] = []rune(strings.Repeat(" ", chartWidth))
	}
	c.drawLimits(grid, x)
	c.drawLines(grid, x, y)

	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%*s\n", c.title, yLabel, c.y.name)
	for row, cells := range grid {
		fmt.Fprintf(&b, "%*s ┤%s\n", yLabel, c.yTick(y, row), strings.TrimRight(string(cells), " "))
	}
	fmt.Fprintf(&b, "%*s └%s\n%s\n", yLabel, "", strings.Repeat("─", chartWidth), c.xTicks(x))
	c.explain(&b)
	return b.String()
}

// yLabel is the width of the labels of the vertical axis.
const yLabel = 11

func (c chart) drawLimits(grid [][]rune, x scale) {
	for _, l := range c.limits {
		column, ok := x.cell(l.at, chartWidth)
		for row := range grid {
			if ok {
				grid[row][column] = '┊'
			}
		}
	}
}

func (c chart) drawLines(grid [][]rune, x, y scale) {
	for _, l := range c.lines {
		for i := range min(len(l.x), len(l.y)) {
			column, inX := x.cell(l.x[i], chartWidth)
			row, inY := y.cell(l.y[i], chartHeight)
			if inX && inY {
				grid[chartHeight-1-row][column] = l.mark
			}
		}
	}
}

// yTick is the label of a row: a power of ten, if the row is the one nearest to it.
func (c chart) yTick(y scale, row int) string {
	for _, v := range y.powers() {
		if at, _ := y.cell(v, chartHeight); at == chartHeight-1-row {
			return c.y.format(v)
		}
	}
	return ""
}

// xTicks are the labels of the powers of ten, as far as there is room for them, and
// the name of the axis.
func (c chart) xTicks(x scale) string {
	labels := []rune(strings.Repeat(" ", yLabel+2+chartWidth+len("1000 MB")))
	free := 0
	for _, v := range x.powers() {
		column, _ := x.cell(v, chartWidth)
		label := []rune(c.x.format(v))
		begin := max(0, yLabel+2+column-len(label)/2)
		if begin < free || begin+len(label) > len(labels) {
			continue
		}
		copy(labels[begin:], label)
		free = begin + len(label) + 1
	}
	name := []rune(c.x.name)
	return strings.TrimRight(string(labels), " ") + "\n" + strings.Repeat(" ", yLabel+2+max(0, (chartWidth-len(name))/2)) + c.x.name
}

func (c chart) explain(b *strings.Builder) {
	b.WriteString("\n")
	for _, l := range c.lines {
		fmt.Fprintf(b, "%*s %c %s\n", yLabel, "", l.mark, l.name)
	}
	limits := slices.SortedFunc(slices.Values(c.limits), func(a, b limit) int {
		return int(math.Copysign(1, a.at-b.at))
	})
	for _, l := range limits {
		fmt.Fprintf(b, "%*s ┊ at %s: %s\n", yLabel, "", c.x.format(l.at), l.name)
	}
}
