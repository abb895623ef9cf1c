package bench

import (
	"context"
	"slices"
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
