package terminal

import "strings"

// A screen is the terminal while a program writes to it.
type screen struct {
	shown   []strings.Builder // what has left the screen, of each piece
	lines   []row             // the screen; there is always one
	y, x    int               // the cursor, within lines and in the line or right of its end
	savedY  int
	savedX  int
	piece   int // what is being written
	padding int // spaces that may still be added
	work    int // characters that sequences may still move
}

func newScreen(pieces []string) *screen {
	size := 0
	for _, piece := range pieces {
		size += len(piece)
	}
	return &screen{
		shown: make([]strings.Builder, len(pieces)), lines: []row{{ended: -1}},
		padding: maxPadding, work: maxWork * size,
	}
}

func (s *screen) write(text string) {
	for text != "" {
		n := strings.IndexFunc(text, acts)
		if n < 0 {
			n = len(text)
		}
		s.put(text[:n])
		if text = text[n:]; text == "" {
			return
		}
		text = text[s.act(text):]
	}
}

// acts reports characters that are not simply put on the line.
func acts(r rune) bool { return r == '\n' || control(r) }

// act obeys the character or sequence at the start of text and returns its length.
func (s *screen) act(text string) int {
	switch text[0] {
	case '\n':
		s.lineFeed()
	case '\r':
		s.x = 0
	case '\b':
		s.x = max(0, s.x-1)
	case 0x1b:
		n, q := escape(text)
		s.obey(q)
		return n
	case 0xc2: // a control character of two bytes
		if text[1] == 0x9b {
			n, q := escape(text)
			s.obey(q)
			return n
		}
		return 2
	}
	return 1
}

// put writes characters at the cursor.
func (s *screen) put(text string) {
	if text == "" {
		return
	}
	line := &s.lines[s.y]
	if s.x > len(line.text) {
		s.pad(line)
	}
	if s.x == len(line.text) {
		line.mark(s.x, s.piece)
		line.text = append(line.text, []rune(text)...)
		s.x = len(line.text)
		return
	}
	line.take(s.piece)
	for _, r := range text {
		if s.x < len(line.text) {
			line.text[s.x] = r
		} else {
			line.text = append(line.text, r)
		}
		s.x++
	}
}

// pad fills the line with spaces up to the cursor, as far as that is allowed.
func (s *screen) pad(line *row) {
	n := min(s.x-len(line.text), s.padding)
	s.padding -= n
	line.mark(len(line.text), s.piece)
	for range n {
		line.text = append(line.text, ' ')
	}
	s.x = len(line.text)
}

// lineFeed goes to the next line, which is made if there is none.
func (s *screen) lineFeed() {
	if s.lines[s.y].ended < 0 {
		s.lines[s.y].ended = s.piece
	}
	s.x = 0
	if s.y++; s.y < len(s.lines) {
		return
	}
	s.lines = append(s.lines, row{ended: -1})
	s.scroll()
}

// scroll moves what the cursor cannot reach any more off the screen.
func (s *screen) scroll() {
	if len(s.lines) < 2*rows {
		return
	}
	n := len(s.lines) - rows
	for i := range n {
		s.lines[i].write(s.shown, true)
	}
	s.lines = append([]row(nil), s.lines[n:]...)
	s.y = max(0, s.y-n)
	s.savedY = max(0, s.savedY-n)
}

// top is the first line that the cursor can go to.
func (s *screen) top() int { return max(0, len(s.lines)-rows) }

// obey does what a control sequence says, if it moves the cursor or erases.
func (s *screen) obey(q sequence) {
	if s.work < 0 {
		return
	}
	s.work--
	switch q.final {
	case 'A', 'F': // up
		s.y = max(s.top(), s.y-max(1, q.number(0, 1)))
	case 'B', 'E': // down
		s.y = min(len(s.lines)-1, s.y+max(1, q.number(0, 1)))
	case 'C': // right
		s.goTo(s.x + max(1, q.number(0, 1)))
	case 'D': // left
		s.x = max(0, s.x-max(1, q.number(0, 1)))
	case 'G': // to a column
		s.goTo(q.number(0, 1) - 1)
	case 'H', 'f': // to a line and a column
		s.y = min(len(s.lines)-1, s.top()+max(0, q.number(0, 1)-1))
		s.goTo(q.number(1, 1) - 1)
	case 's':
		s.savedY, s.savedX = s.y, s.x
	case 'u':
		s.y, s.x = min(s.savedY, len(s.lines)-1), s.savedX
	case 'K':
		s.eraseInLine(q.number(0, 0))
	case 'J':
		s.eraseInScreen(q.number(0, 0))
	}
	if q.final == 'E' || q.final == 'F' {
		s.x = 0
	}
}

// goTo moves the cursor to a column, beyond the end of the line only so far.
func (s *screen) goTo(x int) {
	s.x = max(0, min(x, max(columns, s.x, len(s.lines[s.y].text))))
}

func (s *screen) eraseInLine(what int) {
	line := &s.lines[s.y]
	switch what {
	case 0: // from the cursor on
		line.cut(min(s.x, len(line.text)))
	case 1: // up to the cursor
		n := min(s.x+1, len(line.text))
		s.work -= n
		line.edited = true
		for i := range n {
			line.text[i] = ' '
		}
	case 2:
		line.cut(0)
	}
}

func (s *screen) eraseInScreen(what int) {
	first, last := s.y+1, len(s.lines)
	switch what {
	case 0: // from the cursor on
		s.eraseInLine(0)
	case 1: // up to the cursor
		first, last = s.top(), s.y
		s.eraseInLine(1)
	default:
		first = s.top()
	}
	for i := first; i < last; i++ {
		s.work--
		s.lines[i] = row{ended: -1}
	}
	if last == len(s.lines) {
		s.lines = s.lines[:max(s.y+1, first)]
	}
}
