// Package charset tells how a text is encoded, and decodes it:
//
//	set, ok := charset.Detect(sample, whole)
//	if !ok { … }             // it is no text
//	text := set.Decode(r)    // UTF-8, decoded as it is read
//
// A byte order mark says how; so does valid UTF-8. Anything else is a guess: each
// encoding that comes into question is tried, and the one is taken in which the
// letters are those that texts are made of (singlebyte.go, multibyte.go, utf16.go).
//
// Binary data must not be taken for text, so a guess needs good reasons: no control
// characters, and letters that stand where letters stand.
package charset

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// A Charset is an encoding of text.
type Charset struct {
	// Name is what people call it, such as "windows-1250".
	Name string
	// Python is the name of its codec in Python, such as "cp1250".
	Python string
	// Guessed says that nothing in the text names the encoding.
	Guessed bool

	encoding encoding.Encoding
	mark     int // bytes of the byte order mark
}

// Usual reports UTF-8 without a byte order mark, of which nothing needs to be said.
func (c Charset) Usual() bool { return c.Name == utf8Name && c.mark == 0 }

// Decode returns r as UTF-8, without the byte order mark. What is not valid becomes
// U+FFFD.
func (c Charset) Decode(r io.Reader) io.Reader {
	return transform.NewReader(&skipper{r, c.mark}, c.encoding.NewDecoder())
}

const utf8Name = "UTF-8"

func plain() Charset { return Charset{Name: utf8Name, Python: "utf-8", encoding: unicode.UTF8} }

// Detect tells how the text is encoded that begins with sample; whole says that the
// sample is all of it. ok is false if it is no text.
func Detect(sample []byte, whole bool) (c Charset, ok bool) {
	if c, ok := marked(sample); ok {
		return c, true
	}
	if bytes.IndexByte(sample, 0) >= 0 {
		return utf16Without(sample)
	}
	if iso2022JP(sample) {
		return Charset{Name: "ISO-2022-JP", Python: "iso2022_jp", encoding: japanese.ISO2022JP}, true
	}
	if validUTF8(sample, whole) {
		return plain(), !binaryControls(sample)
	}
	if hasControls(sample) {
		return Charset{}, false
	}
	return legacy(sample, whole)
}

// marked is the encoding that a byte order mark names.
func marked(sample []byte) (Charset, bool) {
	for _, m := range []struct {
		mark string
		set  Charset
	}{
		{"\xef\xbb\xbf", Charset{Name: utf8Name, Python: "utf-8-sig", encoding: unicode.UTF8}},
		{"\xff\xfe\x00\x00", Charset{Name: "UTF-32", Python: "utf-32", encoding: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)}},
		{"\x00\x00\xfe\xff", Charset{Name: "UTF-32", Python: "utf-32", encoding: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)}},
		{"\xff\xfe", Charset{Name: "UTF-16", Python: "utf-16", encoding: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}},
		{"\xfe\xff", Charset{Name: "UTF-16", Python: "utf-16", encoding: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}},
	} {
		if bytes.HasPrefix(sample, []byte(m.mark)) {
			m.set.mark = len(m.mark)
			return m.set, m.set.reads(sample)
		}
	}
	return Charset{}, false
}

// reads reports whether the sample is text in the encoding, apart from an incomplete
// character at its end.
func (c Charset) reads(sample []byte) bool {
	text, err := io.ReadAll(c.Decode(bytes.NewReader(sample)))
	if err != nil || binaryControls(text) {
		return false
	}
	text = bytes.TrimSuffix(text, []byte("\uFFFD"))
	return bytes.Count(text, []byte("\uFFFD")) <= len(text)/1000
}

// validUTF8 reports whether the sample is UTF-8; a sample that is not whole may end
// within a character.
func validUTF8(sample []byte, whole bool) bool {
	if !whole {
		for cut := 1; cut < utf8.UTFMax && cut <= len(sample); cut++ {
			if at := len(sample) - cut; utf8.RuneStart(sample[at]) {
				if !utf8.FullRune(sample[at:]) {
					sample = sample[:at]
				}
				break
			}
		}
	}
	return utf8.Valid(sample)
}

// iso2022JP reports Japanese in seven bits: escapes that switch to a set of two
// bytes, and back.
func iso2022JP(sample []byte) bool {
	into := bytes.Count(sample, []byte("\x1b$B")) + bytes.Count(sample, []byte("\x1b$@"))
	back := bytes.Count(sample, []byte("\x1b(B")) + bytes.Count(sample, []byte("\x1b(J"))
	return into > 0 && back > 0 && !bytes.ContainsFunc(sample, func(r rune) bool { return r >= utf8.RuneSelf })
}

// hasControls reports a control character that is in no text but a log of a
// terminal, which is in UTF-8.
func hasControls(sample []byte) bool {
	return bytes.ContainsFunc(sample, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7f })
}

// binaryControls reports more control characters than texts have. Of one kind there
// may be many: it separates fields.
func binaryControls(text []byte) bool {
	var counts [' ']int
	total, kinds := 0, 0
	for _, b := range text {
		switch b {
		case '\t', '\n', '\r', '\f', '\v', '\b', '\a', 0x1b, 0x1a:
			continue
		}
		if b == 0 {
			return true
		}
		if b < ' ' {
			if counts[b]++; counts[b] == 1 {
				kinds++
			}
			total++
		}
	}
	if kinds <= 1 {
		return total > len(text)/5
	}
	return total > len(text)/50
}

// A skipper leaves out the first bytes of a reader.
type skipper struct {
	r    io.Reader
	left int
}

func (s *skipper) Read(p []byte) (int, error) {
	if s.left > 0 {
		if _, err := io.CopyN(io.Discard, s.r, int64(s.left)); err != nil {
			return 0, err
		}
		s.left = 0
	}
	return s.r.Read(p)
}
