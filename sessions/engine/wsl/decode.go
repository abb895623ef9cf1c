package wsl

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode returns what wsl.exe has written as text. That is UTF-16LE without a mark where
// WSL_UTF8 is not known. Where it is, and what Linux programs write through wsl.exe, is
// UTF-8. Both may follow each other, line by line.
func decode(written []byte) string {
	var text strings.Builder
	for bytes.IndexByte(written, 0) >= 0 { // UTF-16 has it in the end of every line
		end := narrowLine(written)
		if end > 0 {
			text.Write(written[:end])
		} else {
			end = wideLine(written)
			text.WriteString(decodeWide(written[:end]))
		}
		written = written[end:]
	}
	text.WriteString(strings.ToValidUTF8(string(written), ""))
	return text.String()
}

// minNarrow is how long a line of UTF-8 is at least that is followed by UTF-16, in bytes.
// Less may be Chinese in UTF-16: half of its bytes are also letters of ASCII, and few the
// end of a line.
const minNarrow = 8

// narrowLine returns how many bytes the first line has if it is UTF-8, or else 0.
func narrowLine(written []byte) int {
	end := bytes.IndexByte(written, '\n') + 1
	line := written[:end]
	if end < minNarrow || end < len(written) && written[end] == 0 || bytes.IndexByte(line, 0) >= 0 || !utf8.Valid(line) {
		return 0
	}
	return end
}

// wideLine returns how many bytes the first line has in UTF-16.
func wideLine(written []byte) int {
	for i := 0; i+1 < len(written); i += 2 {
		if written[i] == '\n' && written[i+1] == 0 {
			return i + 2
		}
	}
	return len(written)
}

func decodeWide(line []byte) string {
	units := make([]uint16, len(line)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(line[2*i:])
	}
	text := strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
	return strings.ReplaceAll(text, "\x00", "")
}
