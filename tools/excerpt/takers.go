package excerpt

import "strings"

// ends takes a whole text or, if that is too long, its two ends.
type ends struct {
	limits Limits
	all    strings.Builder // while the text is not too long
	chars  int
	long   bool
	before []line // lines that all is made of
	tail   tail
}

func (e *ends) add(l line) {
	e.tail.add(l)
	e.chars += l.chars
	if e.chars > e.limits.Whole {
		if !e.long {
			e.long = true
			e.before = append(e.before, l)
		}
		return
	}
	e.all.WriteString(l.text)
	e.before = append(e.before, l)
}

func (e *ends) parts() (parts []Part, whole bool, cut int) {
	if !e.long {
		if len(e.before) == 0 {
			return nil, true, 0
		}
		return []Part{{1, len(e.before), e.all.String()}}, true, 0
	}
	last, _, cut := e.tail.parts()
	from := e.before[len(e.before)-1].number + 1
	if len(last) > 0 {
		from = last[0].First
	}
	head := block{limits: e.limits, room: e.limits.Whole * 3 / 5}
	for _, l := range e.before {
		if l.number >= from || !head.add(l) {
			break
		}
	}
	return append(head.parts(), last...), false, cut + head.cut
}

// middle takes the lines from one number to another, as many as there is room for.
type middle struct {
	want   Range
	limits Limits
	block  *block
}

func (m *middle) add(l line) {
	if l.number < m.want.First || m.want.Last > 0 && l.number > m.want.Last {
		return
	}
	if m.block == nil {
		m.block = &block{limits: m.limits, room: m.limits.Chars}
	}
	m.block.add(l)
}

func (m *middle) parts() (parts []Part, whole bool, cut int) {
	if m.block == nil {
		return nil, false, 0
	}
	return m.block.parts(), false, m.block.cut
}

// A block is consecutive lines until there is no more room.
type block struct {
	limits Limits
	room   int // characters
	full   bool
	part   Part
	text   strings.Builder
	cut    int
}

// add adds a line, or returns false if there is no room. The first line always has
// some: it is bounded itself.
func (b *block) add(l line) bool {
	text, cut := l.shown(b.limits.Line)
	if b.full || b.part.First > 0 && l.shownChars(b.limits.Line) > b.room {
		b.full = true
		return false
	}
	b.room -= l.shownChars(b.limits.Line)
	b.text.WriteString(text)
	if cut {
		b.cut++
	}
	if b.part.First == 0 {
		b.part.First = l.number
	}
	b.part.Last = l.number
	return true
}

func (b *block) parts() []Part {
	if b.part.First == 0 {
		return nil
	}
	b.part.Text = b.text.String()
	return []Part{b.part}
}

// shownChars is about how many characters are shown of a line.
func (l line) shownChars(limit int) int {
	return min(l.chars, limit+len(" [… 1000000000 more characters]"))
}

// tail takes the last lines, as many as there is room for.
type tail struct {
	chars, lines int
	limits       Limits
	held         []line
	size         int
}

func (t *tail) add(l line) {
	t.held = append(t.held, l)
	t.size += l.shownChars(t.limits.Line)
	drop := 0
	for drop < len(t.held)-1 && (t.size > t.chars || len(t.held)-drop > t.lines) {
		t.size -= t.held[drop].shownChars(t.limits.Line)
		t.held[drop] = line{}
		drop++
	}
	t.held = t.held[drop:]
}

func (t *tail) parts() (parts []Part, whole bool, cut int) {
	b := block{limits: t.limits, room: t.chars}
	for _, l := range t.held {
		b.add(l)
	}
	return b.parts(), false, b.cut
}
