package render

import (
	"fmt"
	"unicode/utf8"
)

// shorten keeps the beginning and the end of s in about limit characters, and
// says between them how much is left out; where tells where all of it is.
func shorten(s string, limit int, where string) string {
	total := utf8.RuneCountInString(s)
	if total <= limit {
		return s
	}
	head, tail := ends(s, limit)
	return fmt.Sprintf("%s\n[… %d of %d characters left out here; %s …]\n%s", head, total-limit, total, where, tail)
}

// ends are the beginning and the end of a text that is longer than limit, which
// they have together.
func ends(s string, limit int) (head, tail string) {
	from := byteOffset(s, limit*3/5)
	to := byteOffset(s, utf8.RuneCountInString(s)-(limit-limit*3/5))
	return s[:from], s[to:]
}

// byteOffset is where the n-th character of s begins.
func byteOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// divide divides total among wants: who wants less than an even part gets all
// of it, and what it leaves over goes to the others.
func divide(total int, wants []int) []int {
	got := make([]int, len(wants))
	open := make([]int, len(wants)) // those not decided yet
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		even := total / len(open)
		var more []int
		for _, i := range open {
			if wants[i] <= even {
				got[i] = wants[i]
				total -= wants[i]
			} else {
				more = append(more, i)
			}
		}
		if len(more) == len(open) {
			for _, i := range open {
				got[i] = even
			}
			break
		}
		open = more
	}
	return got
}
