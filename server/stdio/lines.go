package stdio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// line is what was read up to a line feed.
type line struct {
	text    []byte
	tooLong int             // length of a line that was over the limit, and skipped
	limit   int             // the limit, if tooLong is set
	id      json.RawMessage // the ID in a line that was skipped, if it had one
	err     error           // nothing more can be read
}

// readLines reads lines that are not blank until in ends or stop is closed. Its
// goroutine ends then, or when the pending read does.
func readLines(in io.Reader, limit int, stop <-chan struct{}) <-chan line {
	lines := make(chan line)
	go func() {
		r := bufio.NewReaderSize(in, 64<<10)
		for {
			l := readLine(r, limit)
			if l.err == nil && l.tooLong == 0 && len(bytes.TrimSpace(l.text)) == 0 {
				continue
			}
			select {
			case lines <- l:
			case <-stop:
				return
			}
			if l.err != nil {
				return
			}
		}
	}()
	return lines
}

// readLine reads one line. A last line without a line feed counts.
func readLine(r *bufio.Reader, limit int) line {
	var text []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(text)+len(part) > limit+1 {
			return skipLine(r, text, part, err, limit)
		}
		text = append(grow(text, len(part), limit+1), part...)
		switch {
		case err == nil:
			return line{text: text}
		case errors.Is(err, bufio.ErrBufferFull):
		case len(text) > 0 && errors.Is(err, io.EOF):
			return line{text: text}
		default:
			return line{err: err}
		}
	}
}

// grow makes room for n more bytes. It doubles, up to what the longest line
// takes: appending alone grows large slices by a quarter, which leaves several
// times the length of a long line behind as garbage.
func grow(text []byte, n, most int) []byte {
	need := len(text) + n
	if need <= cap(text) {
		return text
	}
	grown := make([]byte, len(text), max(need, min(2*cap(text), most)))
	copy(grown, text)
	return grown
}

// skipLine reads the rest of a line without keeping it, but for its ID.
func skipLine(r *bufio.Reader, text, part []byte, err error, limit int) line {
	var scanner idScanner
	scanner.Write(text)
	n := len(text)
	for {
		scanner.Write(part)
		n += len(part)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line{tooLong: n, limit: limit, id: scanner.ID()}
		}
		part, err = r.ReadSlice('\n')
	}
}
