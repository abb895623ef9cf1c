package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A measurement is one row of the table.
type measurement struct {
	name  string // by which --only picks it
	title string // of the row
	about string // what is done, for --list
	show  shown
	// bytes is how much is moved, if the row shows how fast that went.
	bytes float64
	// format writes a value, if it is no time.
	format func(float64) string
	// short is whether the row is in the short table.
	short bool
	// quietOnly is for what is the same beside load.
	quietOnly bool
	// fully says that there are as many pairs beside load; else there are a third.
	fully bool
	// pairs returns how many pairs are made if n are asked for; nil for n.
	pairs func(n int) int
	// cost is about what a pair takes on two quiet cores, with what prepares it.
	cost time.Duration
	// begin prepares what all pairs use. The trial is to be closed.
	begin func(context.Context, *bench) (*trial, error)
}

// shown says which number stands for many.
type shown int

const (
	showMedian     shown = iota
	showSum              // of the medians of all labels
	showPercentile       // the 50th and the 99th
)

// A trial is a measurement under way. Only inside is needed; the pair with the number
// i is prepared, which is not measured, then looked at on both sides in turn, and
// tidied up.
type trial struct {
	label   func(i int) string
	prepare func(ctx context.Context, i int) error
	outside side
	inside  side
	tidy    func()
	close   func()
	// note is what the reader must know of this run, such as what is outside.
	note string
}

// A side measures one side of a pair. Most return one value.
type side func(ctx context.Context, i int) ([]float64, error)

// one is the result of a side with one value: a time in seconds.
func one(took time.Duration, err error) ([]float64, error) {
	if err != nil {
		return nil, err
	}
	return []float64{took.Seconds()}, nil
}

// measurements are all rows in the order of the table.
func measurements() []measurement {
	return slices.Concat(
		[]measurement{imports, prints, warmCall, newSession, tenSessions, serverStart, tenServers, wake, idleMemory},
		workloads(), transfers())
}

// number returns how many pairs are made beside a number of busy processes, if n are
// asked for.
func (m measurement) number(n, busy int) int {
	if busy > 0 && !m.fully {
		n = aThird(n)
	}
	if m.pairs == nil {
		return n
	}
	return m.pairs(n)
}

// aThird makes a third as many pairs, of what takes long and has many values.
func aThird(n int) int { return (n + 2) / 3 }

// write writes a value.
func (m measurement) write(v float64) string {
	switch {
	case m.format != nil:
		return m.format(v)
	case m.bytes > 0:
		return rateOf(m.bytes)(v)
	}
	return seconds(v)
}

// loadFactor is how much longer a pair takes beside load, about.
const loadFactor = 1.3

// estimate is about how long measurements take, in a run with what o asks for.
func estimate(list []measurement, o Options) time.Duration {
	sum := 8 * time.Second // to get ready
	for _, m := range list {
		sum += 2*time.Second + time.Duration(m.number(o.Pairs, 0))*m.cost
		if o.Load > 0 && !m.quietOnly {
			sum += time.Duration(float64(m.number(o.Pairs, o.Load)) * float64(m.cost) * loadFactor)
		}
	}
	return sum
}

// A choice is what is to be done.
type choice struct {
	rows   []measurement
	curves []curve
}

// allCurves picks all curves.
const allCurves = "curves"

// choose finds what --only and --curves ask for.
func choose(o Options) (choice, error) {
	c := choice{rows: measurements()}
	if len(o.Only) > 0 {
		c.rows = nil
	}
	picked := map[string]bool{}
	for _, name := range o.Only {
		picked[strings.TrimSpace(name)] = true
	}
	if o.Curves {
		picked[allCurves] = true
	}
	for _, m := range measurements() {
		if picked[m.name] {
			c.rows = append(c.rows, m)
			delete(picked, m.name)
		}
	}
	for _, each := range curves() {
		if picked[allCurves] || picked[each.name] {
			c.curves = append(c.curves, each)
			delete(picked, each.name)
		}
	}
	delete(picked, allCurves)
	for name := range picked {
		return c, fmt.Errorf("--only names %q, which is no measurement. There are: %s", name, strings.Join(names(), ", "))
	}
	return c, nil
}

// names are all that --only takes.
func names() (list []string) {
	for _, m := range measurements() {
		list = append(list, m.name)
	}
	for _, c := range curves() {
		list = append(list, c.name)
	}
	return append(list, allCurves)
}

// writeList writes a line for each measurement.
func writeList() string {
	var b strings.Builder
	line := func(name, about string) { fmt.Fprintf(&b, "%-15s %s\n", name, about) }
	for _, m := range measurements() {
		line(m.name, m.about)
	}
	for _, c := range curves() {
		line(c.name, c.about)
	}
	line(allCurves, "all curves")
	return b.String()
}
