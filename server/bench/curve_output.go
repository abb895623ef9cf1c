package bench

import (
	"context"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

var outputCurve = curve{
	name: "curve-output", title: "Output of one call", cost: 70 * time.Second,
	about:  "1 kB to 1 GB printed by one call: how long it takes, and how much of it the model is shown",
	follow: followOutput,
}

// maxText is how many characters a model is shown: the default of serve --max-text,
// with which the servers of the curve run.
const maxText = 10_000

// printing prints a number of bytes in lines that are all different.
const printing = `import sys
def show(size, number=0):
    while size > 0:
        block = "".join(f"{i:09d} {i * 2654435761 % 2**32:010d} what a program prints while it is at work, line by line\n" for i in range(number, number + 2000))[:size]
        sys.stdout.write(block)
        size, number = size - len(block), number + 2000`

// repeats is how often a point is measured: the largest ones once, since they take
// seconds.
func repeats(size float64) int {
	if size > 1e7 {
		return 1
	}
	return 3
}

// amounts are 1 kB, 10 kB and so on until 1 GB.
func amounts() (list []float64) {
	for power := 3; power <= 9; power++ {
		list = append(list, math.Pow10(power))
	}
	return list
}

func followOutput(ctx context.Context, b *bench, r *curveResult) error {
	defer func() { r.drawOutput(b.MaxOutput, b.Disk/4) }()
	for _, size := range amounts() {
		p := point{At: size, Values: map[string][]float64{}}
		for range repeats(size) {
			if err := b.printOnce(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", bytes(size), err)
			}
		}
		b.add(r, p, fmt.Sprintf("%s: %s, %.0f characters shown", bytes(size), seconds(p.median("time")), p.median("shown")))
	}
	return nil
}

// printOnce measures one call in a new session.
func (b *bench) printOnce(ctx context.Context, p point) error {
	s, err := b.startServer(ctx, "--warm=0")
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.run(ctx, printing+"\nshow(100)"); err != nil {
		return err
	}
	a, err := s.run(ctx, fmt.Sprintf("show(%.0f)", p.At))
	if err != nil {
		return err
	}
	p.Values["time"] = append(p.Values["time"], a.took.Seconds())
	p.Values["shown"] = append(p.Values["shown"], float64(utf8.RuneCountInString(a.text)))
	return nil
}

// drawOutput makes the charts. kept is how much stays in an answer over REST, filed how
// much in a file of the session.
func (r *curveResult) drawOutput(kept, filed int64) {
	r.table.head = []string{"printed", "time", "as fast as", "shown to the model, characters"}
	for _, p := range r.Points {
		r.table.rows = append(r.table.rows, []string{bytes(p.At), seconds(p.median("time")), rateOf(p.At)(p.median("time")), count(p.median("shown"))})
	}
	limits := []limit{
		{maxText, "longer text is cut in the middle (--max-text)"},
		{float64(kept), "the most that REST returns (--max-output)"},
		{float64(filed), "the most that a file in the session keeps (--disk / 4)"},
	}
	printed := axis{"printed", bytes}
	r.charts = []chart{
		{title: "From the call to its answer", x: printed, y: axis{"time", seconds}, lines: []line{r.line("time", "time", 'o', asIs)}, limits: limits},
		{title: "What the model is shown", x: printed, y: axis{"characters", count}, lines: []line{r.line("characters", "shown", 'o', asIs)}, limits: limits[:1]},
	}
}
