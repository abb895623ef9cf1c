package charset

import (
	"unicode"
	"unicode/utf16"

	encodings "golang.org/x/text/encoding/unicode"
)

const (
	// minUnits is how many units a text in UTF-16 has at least that is known as one
	// without a mark.
	minUnits = 4
	// mostlyASCII is the share of ASCII in a text of which nothing else need be
	// known, someASCII that in one whose letters are of one script.
	mostlyASCII, someASCII = 0.5, 0.03
)

// utf16Without tells whether a sample with NUL bytes is UTF-16 without a byte order
// mark. Numbers that are stored in two bytes have zeros, surrogates without the other
// half or characters that do not exist among them; text has none.
func utf16Without(sample []byte) (c Charset, ok bool) {
	little, big := asUTF16(sample, 0), asUTF16(sample, 1)
	switch {
	case little == 0 && big == 0:
		return Charset{}, false
	case little >= big:
		return Charset{Name: "UTF-16 LE", Python: "utf-16-le", Guessed: true, encoding: encodings.UTF16(encodings.LittleEndian, encodings.IgnoreBOM)}, true
	}
	return Charset{Name: "UTF-16 BE", Python: "utf-16-be", Guessed: true, encoding: encodings.UTF16(encodings.BigEndian, encodings.IgnoreBOM)}, true
}

// asUTF16 is the share of ASCII in the sample as UTF-16, whose units have their lower
// byte at the offset low, or 0 if it is no text then.
func asUTF16(sample []byte, low int) float64 {
	n := len(sample) / 2
	if n < minUnits {
		return 0
	}
	var ascii, letters int
	used := map[*unicode.RangeTable]bool{} // scripts besides Latin
	for i := 0; i < n; i++ {
		r := unitAt(sample, i, low)
		if utf16.IsSurrogate(r) {
			if i+1 == n {
				break
			}
			i++
			if r = utf16.DecodeRune(r, unitAt(sample, i, low)); r == unicode.ReplacementChar {
				return 0
			}
		}
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0x7f:
			ascii++
		case r < 0xa0 || !unicode.IsPrint(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r):
			return 0
		default:
			if script := family(r); script != nil {
				used[script] = true
				letters++
			} else if unicode.In(r, unicode.Latin, unicode.N, unicode.P, unicode.Zs) {
				letters++
			}
		}
	}
	share := float64(ascii) / float64(n)
	if share >= mostlyASCII || share >= someASCII && n >= 2*minUnits && len(used) <= 1 && float64(ascii+letters) >= 0.97*float64(n) {
		return share
	}
	return 0
}

// families are the scripts beside Latin, of which a text has one. Numbers that are
// no text have several.
// family is the script of a letter that is not Latin, or nil. Of these a text has
// one; numbers that are no text have several.
func family(r rune) *unicode.RangeTable {
	if unicode.In(r, unicode.Hiragana, unicode.Katakana) {
		return unicode.Han
	}
	for _, script := range []*unicode.RangeTable{
		unicode.Han, unicode.Hangul, unicode.Cyrillic, unicode.Greek, unicode.Hebrew, unicode.Arabic, unicode.Thai,
		unicode.Devanagari, unicode.Bengali, unicode.Tamil, unicode.Armenian, unicode.Georgian,
	} {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil
}

func unitAt(sample []byte, i, low int) rune {
	return rune(sample[2*i+low]) | rune(sample[2*i+1-low])<<8
}
