// Package prose writes names, numbers and foreign text for sentences that a model
// reads.
//
// Names of files and whatever a program wrote may be meant to deceive: to pass for
// a sentence of the server, to be taken for another file, to steer a terminal.
// [Line], [Name], [Names] and [Clean] take that from them. Quotes and escapes are
// Python's, so that a model can copy them into code.
package prose

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Line writes foreign text for a sentence of the server: one line without control
// characters, of at most limit characters.
func Line(s string, limit int) string {
	if len(s) > 4*limit {
		s = s[:4*limit]
	}
	s = strings.Join(strings.Fields(Clean(s)), " ")
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return s
}

// maxShown bounds what is shown of a path, in bytes: more than any has that a
// system takes.
const maxShown = 4096

// Name writes the name or the path of a file for a sentence of the server: exactly,
// but in quotes if it could otherwise be taken for something else, with escapes for
// what a reader would not see.
func Name(name string) string {
	cut := name[:min(len(name), maxShown)]
	if cut != strings.TrimSpace(cut) || strings.HasPrefix(cut, `"`) || strings.HasSuffix(cut, `"`) || !utf8.ValidString(cut) ||
		strings.ContainsFunc(cut, invisible) || !norm.NFC.IsNormalString(cut) || speaks(cut) {
		return quoteName(cut, escaped(cut))
	}
	return cut
}

// speaks reports names that could pass for a sentence of the server. In quotes a
// name is only a name.
func speaks(name string) bool {
	words := strings.Fields(name)
	if len(words) == 0 {
		return true
	}
	for _, word := range words[:len(words)-1] {
		if strings.ContainsAny(word[len(word)-1:], ".,:;!?") {
			return true
		}
	}
	return len(words) > 5 || strings.HasSuffix(name, ":") || strings.ContainsAny(name, "。：；！？，") || strings.EqualFold(words[0], "notice")
}

// escaped is what is escaped in a name: what is invisible and, where it is not
// in the usual form of Unicode, the marks that could be part of letters.
func escaped(name string) func(rune) bool {
	usual := norm.NFC.IsNormalString(name)
	return func(r rune) bool {
		return invisible(r) || !usual && (unicode.Is(unicode.Mn, r) || !norm.NFC.IsNormalString(string(r)))
	}
}

// invisible reports runes that a reader would not see, or not tell from a space.
func invisible(r rune) bool {
	return unwanted(r) || Unseen(r) || r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029' ||
		r == '\u2800' || r != ' ' && unicode.Is(unicode.Zs, r)
}

// Unseen reports characters that no reader sees and some file systems ignore.
func Unseen(r rune) bool {
	return unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Clean removes from output what a terminal would obey rather than show: escape
// sequences, control characters, marks that reorder text, and invisible tag
// characters. Of a line that was overwritten after a carriage return, as progress
// bars do, it keeps only what would stay on the screen. The result is valid UTF-8.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unwanted) && utf8.ValidString(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	out := make([]byte, 0, len(s))
	line := 0 // where the current line begins in out
	overwrite := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\x1b' || r == '\u009b':
			size = escapeLength(s[i:])
		case r == '\r':
			overwrite = true
		case r == '\n':
			out = append(out, '\n')
			line, overwrite = len(out), false
		case unwanted(r):
		default:
			if overwrite {
				out, overwrite = out[:line], false
			}
			out = append(out, s[i:i+size]...)
		}
		i += size
	}
	return string(out)
}

// CleanFile is Clean for the text of a file, whose line ends it keeps.
func CleanFile(text string) string {
	if !strings.ContainsFunc(strings.ReplaceAll(text, "\r\n", "\n"), unwanted) {
		return text
	}
	return Clean(text)
}

// unwanted reports the runes that Clean removes or acts on.
func unwanted(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) ||
		unicode.Is(unicode.Bidi_Control, r) || r >= 0xE0000 && r <= 0xE007F
}

// escapeLength is the length of the escape sequence at the start of s
// (ECMA-48, 5.3 to 5.6): ESC or CSI, then what belongs to it. An unfinished
// sequence ends with the line, so that it cannot swallow what follows.
func escapeLength(s string) int {
	_, i := utf8.DecodeRuneInString(s)
	if s[0] == 0x1b {
		if len(s) == 1 {
			return 1
		}
		switch c := s[1]; {
		case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_':
			return stringEnd(s, 2)
		case c >= 0x20 && c < 0x30: // intermediate bytes, then a final one
			for i = 2; i < len(s) && s[i] >= 0x20 && s[i] < 0x30; i++ {
			}
			if i < len(s) && s[i] >= 0x30 && s[i] <= 0x7e {
				i++
			}
			return i
		case c != '[':
			if c < 0x20 || c >= utf8.RuneSelf {
				return 1
			}
			return 2
		}
		i = 2
	}
	for ; i < len(s); i++ {
		if c := s[i]; c >= 0x40 && c <= 0x7e {
			return i + 1
		} else if c < 0x20 || c > 0x7e {
			return i
		}
	}
	return i
}

// stringEnd is where a control string ends: after BEL or ESC \, before a line
// break.
func stringEnd(s string, i int) int {
	for ; i < len(s); i++ {
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
	return i
}

// PercentDecoded decodes the escapes of a URL in s. It returns s itself if that is
// not encoded text, as in links that a model writes.
func PercentDecoded(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}
