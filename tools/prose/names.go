package prose

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// imitations are letters of other scripts, and marks, each with the ASCII that
// it looks like.
const imitations = `аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwАAВBЕEЗ3КKМMНHОOРPСCТTУYХXІIЈJЅSҺhԌGαaιiκkνvοoρpτtυuχxγyΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXıiɑaɡg‐-‑-‒-–-—-―-−-‘'’'‚'ʹ'ʼ'“"”"„"‹<›>⁄/∕/․.։:꞉:`

// Skeleton is what a reader sees of a name: names with the same skeleton look alike.
// Forms of Unicode, invisible characters, kinds of spaces and dashes, and
// letters that other scripts share with Latin make no difference to it.
func Skeleton(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case unicode.Is(unicode.Zs, r):
			return ' '
		case Unseen(r):
			return -1
		}
		return plainLetter(r)
	}, norm.NFKC.String(name))
}

func plainLetter(r rune) rune {
	pairs := imitations
	for pairs != "" {
		imitation, n := utf8.DecodeRuneInString(pairs)
		plain, m := utf8.DecodeRuneInString(pairs[n:])
		if imitation == r {
			return plain
		}
		pairs = pairs[n+m:]
	}
	return r
}

// Names writes names as [Name] does, but names that look like another of them, or
// of others, with escapes for all that is not ASCII, so that they can be told apart.
func Names(names []string, others ...string) []string {
	first := map[string]string{} // by skeleton
	alike := map[string]bool{}
	for _, name := range append(others, names...) {
		s := Skeleton(name)
		if other, ok := first[s]; ok && other != name {
			alike[s] = true
		}
		first[s] = name
	}
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = Name(name)
		if alike[Skeleton(name)] {
			texts[i] = QuoteASCII(name)
		}
	}
	return texts
}

// Quote writes a name in quotes, with escapes for what a reader would not see.
func Quote(name string) string { return quoteName(name, invisible) }

// QuoteASCII writes a name in quotes, with escapes for all that is not ASCII.
func QuoteASCII(name string) string {
	return quoteName(name, func(r rune) bool { return r >= utf8.RuneSelf })
}

// quoteName writes a name in quotes as Python does, with escapes for some runes.
func quoteName(name string, escape func(rune) bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, name[i])
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff && escape(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case escape(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}
