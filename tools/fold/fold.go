// Package fold shortens text that repeats itself, and says how often it does:
//
//	value out of range, clipped (×500)
//
// [Lines] folds equal lines, and blocks of lines, that follow each other. [Warnings]
// folds warnings wherever they come, as they come again and again between other
// output; those that differ only in numbers or paths count as one, and what differs is
// said.
//
// Folding hides no line that says something else. It takes time in proportion to the
// length of the text.
package fold

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxPeriod is the longest block, in lines, that is looked for.
	maxPeriod = 12
	// minSaved is how many bytes folding must save.
	minSaved = 30
)

// A Line is one line of a folded text, which stands for Count lines of the text.
type Line struct {
	Text  string
	Count int
}

// Lines returns the lines of a text, folded. A line end at the end of the text begins
// no line.
func Lines(text string) []Line {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	folded := make([]Line, 0, len(lines))
	numbers := numbered(lines)
	for i := 0; i < len(lines); {
		r := findRepeat(lines, numbers, i)
		if r.times == 0 {
			folded = append(folded, Line{lines[i], 1})
			i++
			continue
		}
		folded = append(folded, r.fold(lines[i:i+r.period])...)
		i += r.period * r.times
	}
	return folded
}

// numbered gives equal lines equal numbers, by which they are compared.
func numbered(lines []string) []int32 {
	first := make(map[string]int32)
	numbers := make([]int32, len(lines))
	for i, line := range lines {
		n, ok := first[line]
		if !ok {
			n = int32(len(first))
			first[line] = n
		}
		numbers[i] = n
	}
	return numbers
}

// A repeat is a block of lines that comes several times, one after the other.
type repeat struct{ period, times, saved int }

// findRepeat returns the repeat at line i that is most worth folding. times is 0 if
// there is none.
func findRepeat(lines []string, numbers []int32, i int) (best repeat) {
	size := 0
	for period := 1; period <= maxPeriod && i+2*period <= len(lines); period++ {
		size += len(lines[i+period-1]) + 1
		block := numbers[i : i+period]
		times := 1
		for next := i + period; next+period <= len(lines) && slices.Equal(block, numbers[next:next+period]); next += period {
			times++
		}
		if times == 1 || times == 2 && period <= 3 {
			continue
		}
		if saved := (times-1)*size - len(note(period, times)); saved >= minSaved && saved > best.saved {
			best = repeat{period, times, saved}
		}
	}
	return best
}

// fold returns the lines of a block, with how often it comes.
func (r repeat) fold(block []string) []Line {
	if r.period == 1 {
		line := block[0]
		if strings.TrimSpace(line) == "" {
			return []Line{{fmt.Sprintf("(%d empty lines)", r.times), r.times}}
		}
		return []Line{{line + note(1, r.times), r.times}}
	}
	folded := make([]Line, 0, len(block)+1)
	for _, line := range block {
		folded = append(folded, Line{line, 1})
	}
	return append(folded, Line{note(r.period, r.times), r.period * (r.times - 1)})
}

// note says how often a line, or a block of lines, comes.
func note(period, times int) string {
	if period == 1 {
		return fmt.Sprintf(" (×%d)", times)
	}
	return fmt.Sprintf("(the %d lines above ×%d)", period, times)
}
