package terminal

import (
	"cmp"
	"slices"
	"strings"
)

// A row is one line of the screen, and of which pieces its parts are: from
// marks[i].at on it is of marks[i].piece.
type row struct {
	text   []rune
	marks  []mark
	ended  int  // the piece that ended the line, -1 if none has
	edited bool // something was overwritten or erased
}

type mark struct{ at, piece int }

// piece returns the piece that wrote the end of a row, -1 for an empty one.
func (r *row) piece() int {
	if len(r.marks) == 0 {
		return -1
	}
	return r.marks[len(r.marks)-1].piece
}

// mark notes that a piece writes from a column on. The end of a line that is there
// already is of the last piece that wrote in it.
func (r *row) mark(at, piece int) {
	if r.piece() != piece {
		r.marks = append(r.marks, mark{at, piece})
	}
	if r.ended >= 0 {
		r.ended = piece
	}
}

// take makes a row a piece's, which writes over what was there.
func (r *row) take(piece int) {
	r.edited = true
	r.marks = append(r.marks[:0], mark{0, piece})
	if r.ended >= 0 {
		r.ended = piece
	}
}

// cut removes what is from a column on.
func (r *row) cut(at int) {
	r.edited = true
	r.text = r.text[:at]
	i, _ := slices.BinarySearchFunc(r.marks, at, func(m mark, at int) int { return cmp.Compare(m.at, at) })
	r.marks = r.marks[:i]
}

// text returns what each piece has on the screen in the end.
func (s *screen) text() []string {
	for i := range s.lines {
		s.lines[i].write(s.shown, i < len(s.lines)-1)
	}
	texts := make([]string, len(s.shown))
	for i := range s.shown {
		texts[i] = s.shown[i].String()
	}
	return texts
}

// write adds a row to the texts of the pieces that it is of. inner says that another
// row follows. Nobody sees the spaces that overwriting left at the end of a line.
func (r *row) write(shown []strings.Builder, inner bool) {
	text, ended := r.text, r.ended
	if inner && ended < 0 && len(text) > 0 {
		ended = r.piece()
	}
	for r.edited && len(text) > 0 && text[len(text)-1] == ' ' {
		text = text[:len(text)-1]
	}
	for i, m := range r.marks {
		end := len(text)
		if i+1 < len(r.marks) {
			end = min(end, r.marks[i+1].at)
		}
		if m.at < end {
			shown[m.piece].WriteString(string(text[m.at:end]))
		}
	}
	if ended >= 0 {
		shown[ended].WriteByte('\n')
	}
}
