package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A bound is what a metric of a benchmark may be at most.
type bound struct {
	name, unit string
	limit      float64
	least      bool // the limit is from below
	seen       bool
	over       string // a result beyond the limit
}

// addBound reads NAME::unit=most or NAME::unit>least.
func (c *check) addBound(text string) error {
	left, right, least := strings.Cut(text, ">")
	ok := least
	if !least {
		left, right, ok = strings.Cut(text, "=")
	}
	name, unit, ok2 := strings.Cut(left, "::")
	limit, err := strconv.ParseFloat(right, 64)
	if !ok || !ok2 || err != nil {
		return fmt.Errorf("%q is not NAME::unit=most or NAME::unit>least", text)
	}
	c.bounds = append(c.bounds, &bound{name: name, unit: unit, limit: limit, least: least})
	return nil
}

// measure takes a line of output that may be a benchmark's result.
func (c *check) measure(line string) {
	if !benchmarkLine.MatchString(line) {
		return
	}
	c.measured++
	fields := strings.Fields(line)
	for _, b := range c.bounds {
		if !strings.HasPrefix(fields[0], b.name) {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil && fields[i+1] == b.unit {
				b.seen = true
				if value > b.limit != b.least {
					b.over = fmt.Sprintf("%s of %s", fields[i], fields[0])
				}
			}
		}
	}
}
