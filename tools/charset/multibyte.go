package charset

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// minPairs is how many characters of two bytes a guess needs.
const minPairs = 2

// A script is an encoding of East Asia, in which a character beyond ASCII has two
// bytes, or one or four in some.
type script struct {
	name, python string
	encoding     encoding.Encoding
	// weigh says how frequent characters like this are in texts, from -1 to 1.
	weigh func(lead, trail byte, r rune) float64
}

func scripts() []script {
	return []script{
		{"Shift-JIS", "cp932", japanese.ShiftJIS, weighShiftJIS},
		{"EUC-JP", "euc_jp", japanese.EUCJP, weighEUCJP},
		{"GBK", "gb18030", simplifiedchinese.GB18030, weighGBK},
		{"Big5", "big5", traditionalchinese.Big5, weighBig5},
		{"EUC-KR", "cp949", korean.EUCKR, weighEUCKR},
	}
}

// multiByte are the encodings of East Asia that the sample may be in.
func multiByte(sample []byte, whole bool) []candidate {
	var out []candidate
	for _, s := range scripts() {
		if score, ok := s.score(sample, whole); ok {
			out = append(out, candidate{Charset{Name: s.name, Python: s.python, Guessed: true, encoding: s.encoding}, score})
		}
	}
	return out
}

// score is the mean weight of the characters beyond ASCII. ok is false if the
// sample is not valid in the encoding.
func (s script) score(sample []byte, whole bool) (score float64, ok bool) {
	decoder := s.encoding.NewDecoder()
	var sum float64
	n, pairs := 0, 0
	for i := 0; i < len(sample) && n < maxHigh; {
		if sample[i] < utf8.RuneSelf {
			i++
			continue
		}
		size, r := s.next(decoder, sample[i:])
		if size == 0 {
			if !whole && len(sample)-i < utf8.UTFMax {
				break
			}
			return 0, false
		}
		trail := byte(0)
		if size > 1 {
			trail = sample[i+1]
			pairs++
		}
		sum += s.weigh(sample[i], trail, r)
		n++
		i += size
	}
	if pairs < minPairs {
		return 0, false
	}
	return sum / float64(n), true
}

// next decodes one character. size is 0 if there is none.
func (s script) next(decoder *encoding.Decoder, data []byte) (size int, r rune) {
	var out [2 * utf8.UTFMax]byte
	for _, size := range [...]int{1, 2, 3, 4} {
		if size > len(data) {
			break
		}
		decoder.Reset()
		written, read, err := decoder.Transform(out[:], data[:size], true)
		if err != nil || read != size {
			continue
		}
		r, width := utf8.DecodeRune(out[:written])
		if r != utf8.RuneError && width == written {
			return size, r
		}
	}
	return 0, utf8.RuneError
}

// kana reports the letters of Japanese, and the marks between its words.
func kana(r rune) bool { return r >= 0x3040 && r <= 0x30ff || r >= 0x3001 && r <= 0x3011 }

func weighShiftJIS(lead, trail byte, r rune) float64 {
	switch {
	case trail == 0: // half a character wide
		return 0.1
	case kana(r):
		return 1
	case lead >= 0x88 && lead <= 0x97: // the kanji of level 1
		return 0.9
	case lead <= 0x84:
		return 0.6
	}
	return 0
}

func weighEUCJP(lead, _ byte, r rune) float64 {
	switch {
	case lead == 0xa4 || lead == 0xa5:
		return 1
	case kana(r):
		return 0.9
	case lead >= 0xb0 && lead <= 0xcf:
		return 0.75 // the same bytes are hanzi in GBK
	case lead == 0xa1 || lead == 0xa3:
		return 0.6
	}
	return 0
}

func weighGBK(lead, trail byte, _ rune) float64 {
	switch {
	case trail < 0xa1:
		return 0 // beyond GB 2312
	case lead >= 0xb0 && lead <= 0xd7: // the hanzi of level 1
		return 0.9
	case lead == 0xa1 || lead == 0xa3:
		return 0.8
	case lead >= 0xd8 && lead <= 0xf7:
		return 0.2
	}
	return 0
}

func weighBig5(lead, trail byte, _ rune) float64 {
	switch {
	case lead >= 0xa4 && lead <= 0xc6: // the hanzi of level 1
		if trail < 0xa1 {
			return 1
		}
		return 0.85
	case lead >= 0xa1 && lead <= 0xa3:
		return 0.7
	case lead >= 0xc9 && lead <= 0xf9:
		return 0.2
	}
	return 0
}

func weighEUCKR(lead, trail byte, _ rune) float64 {
	switch {
	case lead >= 0xb0 && lead <= 0xc8 && trail >= 0xa1: // hangul
		return 0.95
	case lead >= 0xa1 && lead <= 0xa3:
		return 0.5
	case lead >= 0xca && lead <= 0xfd:
		return 0.1 // hanja
	}
	return 0
}
