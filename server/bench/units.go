package bench

import (
	"fmt"
	"math"
	"strings"
)

// seconds writes a time to three digits at most.
func seconds(s float64) string {
	switch ms := s * 1000; {
	case math.IsNaN(s):
		return "—"
	case s >= 9.95:
		return fmt.Sprintf("%.0f s", s)
	case s >= 0.995:
		return fmt.Sprintf("%.2f s", s)
	case ms >= 9.95:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 0.995:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.2f ms", ms)
	}
}

// prefixes are those of a thousand bytes, a million and so on.
var prefixes = [...]string{"", "k", "M", "G", "T"}

// bytes writes an amount to two or three digits.
func bytes(n float64) string {
	if math.IsNaN(n) {
		return "—"
	}
	i := 0
	for math.Abs(n) >= 999.5 && i < len(prefixes)-1 {
		n, i = n/1000, i+1
	}
	digits := 0
	if i > 0 && math.Abs(n) < 9.95 && n != math.Trunc(n) {
		digits = 1
	}
	return fmt.Sprintf("%.*f %sB", digits, n, prefixes[i])
}

// rateOf writes the times that an amount took as how fast it went.
func rateOf(amount float64) func(float64) string {
	return func(s float64) string {
		if math.IsNaN(s) || s <= 0 {
			return "—"
		}
		return bytes(amount/s) + "/s"
	}
}

// times writes a ratio.
func times(r float64) string {
	if math.IsNaN(r) || math.IsInf(r, 0) {
		return "—"
	}
	if r >= 9.95 {
		return fmt.Sprintf("%.0f", r)
	}
	if r < 0.0995 {
		return fmt.Sprintf("%.3f", r)
	}
	return fmt.Sprintf("%.2f", r)
}

// withSpread writes the median of values and, in brackets, their quartiles.
func withSpread(values []float64, format func(float64) string) string {
	if len(values) < 2 {
		return format(median(values))
	}
	return fmt.Sprintf("%s (%s)", format(median(values)), span(format(quantile(values, 0.25)), format(quantile(values, 0.75))))
}

// span writes "5–7 ms" for "5 ms" and "7 ms".
func span(low, high string) string {
	number, unit, _ := strings.Cut(low, " ")
	if _, other, _ := strings.Cut(high, " "); other == unit {
		low = number
	}
	return low + "–" + high
}

// plural writes a number of things.
func plural(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "s"):
		return fmt.Sprintf("%d %ses", n, thing)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
