package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

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
	switch {
	case len(o.Only) > 0:
		c.rows = nil
	case o.Short:
		c.rows = slices.DeleteFunc(c.rows, func(m measurement) bool { return !m.short })
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
