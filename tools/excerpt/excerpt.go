// Package excerpt reads the part of a text that an answer has room for, and counts
// the rest:
//
//	lines, err := excerpt.ParseRange("200-400")
//	e, err := excerpt.Read(ctx, text, lines, excerpt.Limits{…})
//
// A text may have any length, and so may its lines: it is read once, and nothing is
// held but what is returned.
package excerpt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits bound an excerpt.
type Limits struct {
	Whole int           // characters of a text that is returned whole
	Chars int           // characters of the lines that are asked for
	Line  int           // characters of one line of a text that is not returned whole
	Time  time.Duration // in which the text is read; what follows then is not counted
}

// An Excerpt is some lines of a text.
type Excerpt struct {
	// Parts are the lines, in order: one part if they are consecutive, or the two
	// ends of the text. There is none if the text has no such lines.
	Parts []Part
	// Whole says that the only part is all of the text.
	Whole bool
	// Lines is how many lines the text has. If Uncounted is set, there are more:
	// there was no time to read them all.
	Lines     int
	Uncounted bool
	// Cut is how many of the lines in Parts are longer than shown.
	Cut int
	// Damaged says that the text has bytes that are no characters.
	Damaged bool
}

// A Part is consecutive lines of a text.
type Part struct {
	First, Last int
	Text        string
}

// Read reads the lines of a text in UTF-8. Of all lines it returns the ends if the
// text is too long. The error is that of text or ctx.
func Read(ctx context.Context, text io.Reader, lines Range, limits Limits) (Excerpt, error) {
	s := newScanner(ctx, text, limits)
	var take taker
	switch {
	case lines.All():
		take = &ends{limits: limits, tail: tail{chars: limits.Whole * 2 / 5, lines: maxLine, limits: limits}}
	case lines.End > 0:
		take = &tail{chars: limits.Chars, lines: lines.End, limits: limits}
	default:
		take = &middle{want: lines, limits: limits}
	}
	for {
		l, err := s.line()
		switch {
		case errors.Is(err, io.EOF):
			return s.excerpt(take), nil
		case errors.Is(err, errTime):
			s.uncounted = true
			return s.excerpt(take), nil
		case err != nil:
			return Excerpt{}, err
		}
		take.add(l)
	}
}

// A taker takes the lines that are to be returned.
type taker interface {
	add(l line)
	parts() (parts []Part, whole bool, cut int)
}

// A line is a line of a text with its end.
type line struct {
	number int
	text   string // its beginning, if it is longer than what is kept
	chars  int    // of all of it
}

// shown is the line as it is returned among others.
func (l line) shown(limit int) (text string, cut bool) {
	if l.chars <= limit {
		return l.text, false
	}
	at := 0
	for range limit {
		_, size := utf8.DecodeRuneInString(l.text[at:])
		at += size
	}
	return fmt.Sprintf("%s [… %d more characters]\n", l.text[:at], l.chars-limit), true
}

// errTime means that the time is over in which a text may be read.
var errTime = errors.New("the time to read the text is over")

// A scanner reads a text line by line.
type scanner struct {
	r    *bufio.Reader
	ctx  context.Context
	end  time.Time
	keep int  // characters of a line that are kept
	stop byte // ends a line

	lines     int
	uncounted bool
	damaged   bool
}

// bufferSize is how much is read at a time.
const bufferSize = 64 << 10

func newScanner(ctx context.Context, text io.Reader, limits Limits) *scanner {
	s := &scanner{
		r: bufio.NewReaderSize(text, bufferSize), ctx: ctx,
		end: time.Now().Add(limits.Time), keep: max(limits.Line, limits.Whole), stop: '\n',
	}
	// Files of old Macs have \r alone.
	if start, _ := s.r.Peek(bufferSize); bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		s.stop = '\r'
	}
	return s
}

// line reads the next line.
func (s *scanner) line() (line, error) {
	l := line{number: s.lines + 1}
	var kept []byte
	for {
		if err := s.check(); err != nil {
			return line{}, err
		}
		piece, err := s.r.ReadSlice(s.stop)
		s.damaged = s.damaged || bytes.Contains(piece, []byte("\uFFFD"))
		if len(kept) < s.keep*utf8.UTFMax {
			kept = append(kept, piece...)
		}
		l.chars += characters(piece)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || l.chars == 0) {
			return line{}, err
		}
		break
	}
	s.lines++
	l.text = string(kept)
	if s.stop == '\r' {
		l.text = strings.ReplaceAll(l.text, "\r", "\n")
	}
	return l, nil
}

// characters counts the characters of a piece of UTF-8, which may begin and end
// within one.
func characters(piece []byte) int {
	n := 0
	for _, b := range piece {
		if utf8.RuneStart(b) {
			n++
		}
	}
	return n
}

// check returns why no more may be read.
func (s *scanner) check() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if time.Now().After(s.end) {
		return errTime
	}
	return nil
}

func (s *scanner) excerpt(take taker) Excerpt {
	e := Excerpt{Lines: s.lines, Uncounted: s.uncounted, Damaged: s.damaged}
	e.Parts, e.Whole, e.Cut = take.parts()
	e.Whole = e.Whole && !s.uncounted
	return e
}
