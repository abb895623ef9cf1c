// Package terminal shows what a program wrote as it would stand on a terminal in the
// end: progress bars once, what was overwritten or erased not at all, no colours.
//
//	shown := terminal.Show(pieces...)
//
// A terminal here is a screen of the last [rows] lines; what has scrolled off it
// stays as it is. It obeys line ends, carriage returns, backspaces, tabs, and of the
// control sequences (ECMA-48) those that move the cursor or erase. All others are
// removed. A line has any length.
//
// # Hostile output
//
// A program may write anything. The text that is shown is at most [maxPadding] longer
// than what was written, and making it takes time in proportion to that: once
// sequences have moved more than [maxWork] times as many characters, all that follow
// are removed without being obeyed.
package terminal

import (
	"strings"
	"unicode/utf8"
)

const (
	// rows is how many lines the cursor can go back to.
	rows = 60
	// columns is how far a sequence moves the cursor to the right.
	columns = 500
	// maxPadding bounds the spaces before what is written beyond the end of a line.
	maxPadding = 64 << 10
	// maxWork bounds what erasing moves, in times of what was written.
	maxWork = 8
)

// Show returns, for each of the pieces that a program wrote to one terminal one after
// the other, what is left of it on the screen. A line that a later piece overwrites
// belongs to that piece. What it returns has no control characters but line ends and
// tabs. Without control characters, pieces stay as they are; what is no UTF-8 is
// replaced.
func Show(pieces ...string) []string {
	shown := make([]string, len(pieces))
	plain := true
	for i, piece := range pieces {
		shown[i] = strings.ToValidUTF8(piece, "\uFFFD")
		plain = plain && !strings.ContainsFunc(shown[i], control)
	}
	if plain {
		return shown
	}
	s := newScreen(shown)
	for i, piece := range shown {
		s.piece = i
		s.write(piece)
	}
	return s.text()
}

// control reports characters that a terminal acts on.
func control(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0
}

// A sequence is a control sequence: its parameters and its final byte.
type sequence struct {
	params string
	final  byte
}

// number returns the n-th parameter, or a value for one that is left out.
func (q sequence) number(n, otherwise int) int {
	for range n {
		_, q.params, _ = strings.Cut(q.params, ";")
	}
	param, _, _ := strings.Cut(q.params, ";")
	value := 0
	for i := range len(param) {
		if param[i] < '0' || param[i] > '9' {
			return otherwise
		}
		value = min(value*10+int(param[i]-'0'), 1<<20)
	}
	if param == "" {
		return otherwise
	}
	return value
}

// escape returns the length of the escape sequence at the start of s, which begins
// with ESC or with CSI (ECMA-48, 5.3 to 5.6), and the control sequence that it is,
// if it is one without private parameters. An unfinished sequence ends with the line,
// so that it cannot swallow what follows.
func escape(s string) (length int, q sequence) {
	first, i := utf8.DecodeRuneInString(s)
	if first == '\x1b' {
		if len(s) == 1 {
			return 1, q
		}
		switch c := s[1]; {
		case strings.IndexByte("]PX^_", c) >= 0:
			return stringEnd(s), q
		case c >= 0x20 && c < 0x30: // intermediate bytes, then a final one
			return intermediateEnd(s), q
		case c != '[':
			if c < 0x20 || c >= utf8.RuneSelf {
				return 1, q
			}
			return 2, q
		}
		i = 2
	}
	begin := i
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1, sequence{s[begin:i], c}
		case c < 0x20 || c > 0x7e:
			return i, q
		}
	}
	return i, q
}

// stringEnd is where the control string at the start of s ends: after BEL or ESC \,
// before a line end.
func stringEnd(s string) int {
	for i := 2; i < len(s); i++ {
		switch s[i] {
		case 0x07:
			return i + 1
		case '\n':
			return i
		case 0x1b:
			if i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
			return i
		}
	}
	return len(s)
}

func intermediateEnd(s string) int {
	i := 2
	for i < len(s) && s[i] >= 0x20 && s[i] < 0x30 {
		i++
	}
	if i < len(s) && s[i] >= 0x30 && s[i] <= 0x7e {
		i++
	}
	return i
}
