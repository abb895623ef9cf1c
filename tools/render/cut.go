package render

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/tools/fold"
)

const (
	// maxLine is the longest line that an answer has, in characters.
	maxLine = 2000
	// minLine is what is left of a line where there is little room.
	minLine = 80
)

// A cutter makes a text fit in an answer: it cuts lines that are too long, and leaves
// out lines in the middle.
type cutter struct {
	lines []fold.Line
	room  int   // characters
	total int64 // lines of the whole text, if lines are not all of it
	long  bool  // lines were cut
}

// newCutter returns the cutter of lines, of which those that are too long are cut.
func newCutter(lines []fold.Line) *cutter {
	c := &cutter{lines: lines}
	c.cutLines(maxLine)
	return c
}

// cutLines cuts lines that are longer than limit.
func (c *cutter) cutLines(limit int) {
	for i, line := range c.lines {
		if len(line.Text) > limit && utf8.RuneCountInString(line.Text) > limit {
			c.lines[i].Text = cutLine(line.Text, limit)
			c.long = true
		}
	}
}

// cutLine keeps the beginning and the end of a line, in limit characters.
func cutLine(line string, limit int) string {
	const note = 40 // characters of what stands between them
	total := utf8.RuneCountInString(line)
	keep := max(limit-note, limit/2)
	head, tail := ends(line, keep)
	return fmt.Sprintf("%s [… %d characters …] %s", head, total-keep, tail)
}

// size is how many characters the lines have.
func (c *cutter) size() int {
	n := 0
	for _, line := range c.lines {
		n += width(line)
	}
	return n
}

// width is how many characters a line takes.
func width(line fold.Line) int { return utf8.RuneCountInString(line.Text) + 1 }

// noteRoom is about how many characters a note takes that says where a text is.
const noteRoom = 150

// want is the room that is needed to leave out no line.
func (c *cutter) want() int {
	if c.long {
		return c.size() + noteRoom
	}
	return c.size()
}

// fits reports whether all is shown that there is.
func (c *cutter) fits(room int) bool { return !c.long && c.size() <= room }

// text returns what has room. where says where all of the text is.
func (c *cutter) text(where string) string {
	if c.fits(c.room) {
		return joined(c.lines)
	}
	if note := "[… long lines were cut; " + where + " …]"; c.size()+utf8.RuneCountInString(note) < c.room {
		return joined(c.lines) + "\n" + note
	}
	return c.shortened(where)
}

// shortened leaves out lines in the middle. Three fifths of the room are for the
// beginning.
func (c *cutter) shortened(where string) string {
	all := max(count(c.lines), c.total)
	note := func(left int64) string { return fmt.Sprintf("[… %d of %d lines left out; %s …]", left, all, where) }
	room := max(0, c.room-utf8.RuneCountInString(note(all))-2)
	c.cutLines(min(maxLine, max(minLine, room/4)))
	head, used := take(c.lines, room*3/5, 1)
	tail, _ := take(c.lines[len(head):], room-used, -1)
	middle := note(all - count(head) - count(tail))
	return joined(slices.Concat(head, []fold.Line{{Text: middle}}, tail))
}

// count returns for how many lines of the text lines stand.
func count(lines []fold.Line) (n int64) {
	for _, line := range lines {
		n += int64(line.Count)
	}
	return n
}

// take returns the first lines, or the last ones, that have room, and how much of it
// they take.
func take(lines []fold.Line, room, direction int) (taken []fold.Line, used int) {
	for n := range lines {
		line := lines[n]
		if direction < 0 {
			line = lines[len(lines)-1-n]
		}
		if used+width(line) > room {
			if direction < 0 {
				return lines[len(lines)-n:], used
			}
			return lines[:n], used
		}
		used += width(line)
	}
	return lines, used
}

func joined(lines []fold.Line) string {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text
	}
	return strings.Join(texts, "\n")
}
