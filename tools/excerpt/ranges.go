package excerpt

import (
	"fmt"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// A Range is consecutive lines, or pages, counted from 1. The zero value is all of
// them.
type Range struct {
	// First and Last are the ends; Last is 0 for as many as there are.
	First, Last int
	// End, if not 0, is how many there are to be of the last ones, instead.
	End int
}

// All reports whether nothing was asked for in particular.
func (r Range) All() bool { return r == Range{} }

// Of returns the ends in a text of n lines. ok is false if it has none of them.
func (r Range) Of(n int) (first, last int, ok bool) {
	switch {
	case r.All():
		first, last = 1, n
	case r.End > 0:
		first, last = max(1, n-r.End+1), n
	case r.Last == 0:
		first, last = r.First, n
	default:
		first, last = r.First, min(r.Last, n)
	}
	return first, last, first <= last
}

// String writes the range as ParseRange reads it.
func (r Range) String() string {
	switch {
	case r.End > 0:
		return "-" + strconv.Itoa(r.End)
	case r.All():
		return ""
	case r.Last == 0:
		return strconv.Itoa(r.First) + "-"
	}
	return Lines(r.First, r.Last)
}

// Lines writes the lines from first to last, such as "200-400" or "7".
func Lines(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// maxLine is the greatest number of a line.
const maxLine = 1 << 40

// ParseRange reads "200-400", "200-", "-50" for the last 50, and "7", and "" for
// all. Errors are mistakes.
func ParseRange(given string) (Range, error) {
	text := strings.NewReplacer("–", "-", "—", "-", "−", "-", "..", "-", ":", "-", " ", "", "_", "", "L", "", "l", "").Replace(strings.TrimSpace(given))
	if text == "" && strings.TrimSpace(given) == "" {
		return Range{}, nil
	}
	from, to, isRange := strings.Cut(text, "-")
	first, okFirst := number(from)
	last, okLast := number(to)
	switch {
	case !isRange && okFirst && first > 0:
		return Range{First: first, Last: first}, nil
	case isRange && from == "" && okLast && last > 0:
		return Range{End: last}, nil
	case isRange && to == "" && okFirst && first > 0:
		return Range{First: first}, nil
	case okFirst && okLast && first > 0 && first <= last:
		return Range{First: first, Last: last}, nil
	case okFirst && okLast && first > last && last > 0:
		return Range{}, wrong(given, fmt.Sprintf("ends before it begins; \"%d-%d\" is the same the other way round", last, first))
	case okFirst && first == 0 && from != "":
		return Range{}, wrong(given, "begins at 0, and lines count from 1")
	}
	return Range{}, wrong(given, "is no range")
}

func wrong(given, why string) error {
	return mistake.Errorf("lines %q %s. Give for example \"200-400\", \"200-\" for all from line 200, \"-50\" for the last 50, or \"7\".", prose.Line(given, 40), why)
}

// number reads a number of lines.
func number(s string) (n int, ok bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" || len(s) > 15 {
		return 0, false
	}
	long, err := strconv.ParseInt(s, 10, 64)
	return int(min(long, maxLine)), err == nil
}
