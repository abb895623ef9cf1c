package prose

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Size writes a number of bytes: exactly, and also rounded if it is long.
func Size(n int64) string {
	exact := strconv.FormatInt(n, 10) + " bytes"
	switch {
	case n == 1:
		return "1 byte"
	case n < 10_000:
		return exact
	case n < 1_000_000:
		return fmt.Sprintf("%s (%.1f kB)", exact, float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%s (%.1f MB)", exact, float64(n)/1e6)
	default:
		return fmt.Sprintf("%s (%.1f GB)", exact, float64(n)/1e9)
	}
}

// Rounded writes a number of bytes: exactly if it is short, else rounded.
func Rounded(n int64) string {
	text := Size(n)
	if _, rounded, ok := strings.Cut(strings.TrimSuffix(text, ")"), " bytes ("); ok {
		return rounded
	}
	return text
}

// Span writes a duration, such as "0.2 s", "12 s" or "5 minutes".
func Span(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
	case d < 2*time.Minute || d%time.Minute != 0 && d < 2*time.Hour:
		return strconv.Itoa(int(d.Round(time.Second).Seconds())) + " s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " minutes"
	default:
		return strconv.Itoa(int(d.Hours())) + " hours"
	}
}

// Count writes a number with the noun, in the singular or the plural.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Sentence writes the text of an error as a sentence: with a capital and a full stop.
func Sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}
