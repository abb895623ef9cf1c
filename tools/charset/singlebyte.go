package charset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// maxHigh bounds how many bytes beyond ASCII are looked at.
const maxHigh = 8192

// A page is an encoding in which each byte is a character.
type page struct {
	name, python string
	table        *charmap.Charmap
	// often are the letters that are most frequent in texts of the page's
	// languages, seldom the others that they have. Other letters are foreign.
	often, seldom string
	// latin says that the letters stand among those of ASCII.
	latin bool
}

func (p page) charset() Charset {
	return Charset{Name: p.name, Python: p.python, Guessed: true, encoding: p.table}
}

const (
	western = "éèàáíóúäöüßçñãõêâôåæ"
	central = "áéíóúýčěřšžůąćęłńśżőűăşţâäöü"
	marks   = "\u00a0–—‘’“”„‚…•·§°©®™€£«»¿¡‹›№±²³½¼¾×ºªµ´"

	russian, russianSeldom = "оеаинтсрвлкмдпуОЕАИНТСРВЛКМДП", "яыьгзбчйхжшюцщэфъёіїєґўјљњћђџѓќЯЫЬГЗБЧЙХЖШЮЦЩЭФЪЁУІЇЄҐ"
)

// pages are the pages that are tried, the most usual first.
func pages() []page {
	return []page{
		{"windows-1252", "cp1252", charmap.Windows1252, western, "ìòùëïîûøœýÿÄÖÜÉÈÀÁÍÓÚÇÑÅÆØÊÂÎÔÛÃÕŒŠŽšžðþÐÞ", true},
		{"windows-1250", "cp1250", charmap.Windows1250, central, "ďňťľźđôîëçßĺŕÁČĎĚÉÍŇÓŘŠŤÚŮÝŽĄĆĘŁŃŚŹŻÄÖÜŐŰĂÂÎŞŢĐÔĽ", true},
		{"windows-1251", "cp1251", charmap.Windows1251, russian, russianSeldom, false},
		{"koi8-r", "koi8_r", charmap.KOI8R, russian, russianSeldom, false},
		{"koi8-u", "koi8_u", charmap.KOI8U, russian, russianSeldom, false},
		{"windows-1254", "cp1254", charmap.Windows1254, "çğıöşüİÇŞÖÜ", "âîûĞÂ", true},
		{"windows-1257", "cp1257", charmap.Windows1257, "āēīūšžčėęųąįūõäöü", "ģķļņųŠŽČĀĒĪŪĖĄĮŲÕÄÖÜĢĶĻŅ", true},
		{"windows-1253", "cp1253", charmap.Windows1253, "αεοιντσρκπμλςηυάέήίόύώ", "γδθφχβξζωψΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏϊϋΐΰ", false},
		{"windows-1255", "cp1255", charmap.Windows1255, "יוהלאמתרבש", "נםדחפעקצגטזכסןךףץ\u05b0\u05b4\u05b8\u05b7\u05b5\u05b6\u05b9\u05bc", false},
		{"windows-1256", "cp1256", charmap.Windows1256, "المينروتبةعدسف", "كقحجهشطصخذضغظثءآأؤإئىپچژگ\u064e\u064f\u0650\u0651\u0652،؛؟", false},
		{"windows-874", "cp874", charmap.Windows874, "านรกอเงมยลวดตสะแบหท", "คปพจชไใขผถซธภศณญฟฉฝษฤฮฐฎฏโำๆ\u0e31\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c๐๑๒๓๔๕๖๗๘๙", false},
		{"iso-8859-2", "iso8859_2", charmap.ISO8859_2, central, "ďňťľźđôîëçßĺŕÁČĎĚÉÍŇÓŘŠŤÚŮÝŽĄĆĘŁŃŚŹŻÄÖÜŐŰĂÂÎŞŢĐÔĽ", true},
		{"iso-8859-5", "iso8859_5", charmap.ISO8859_5, russian, russianSeldom, false},
		{"cp866", "cp866", charmap.CodePage866, russian, russianSeldom, false},
		{"cp850", "cp850", charmap.CodePage850, western, "ìòùëïîûøýÿÄÖÜÉÈÀÁÍÓÚÇÑÅÆØÊÂÎÔÛÃÕ", true},
		{"cp852", "cp852", charmap.CodePage852, central, "ďňťľźđôîëçßĺŕÁČĎĚÉÍŇÓŘŠŤÚŮÝŽĄĆĘŁŃŚŹŻÄÖÜŐŰĂÂÎŞŢĐÔĽ", true},
		{"macintosh", "mac_roman", charmap.Macintosh, western, "ìòùëïîûøœÿÄÖÜÉÈÀÁÍÓÚÇÑÅÆØÊÂÎÔÛÃÕŒ", true},
	}
}

// score says how well the page explains the sample. ok is false if a byte has no
// character in it.
func (p page) score(sample []byte) (score float64, ok bool) {
	var sum float64
	n := 0
	for i, b := range sample {
		if b < utf8.RuneSelf {
			continue
		}
		r := p.table.DecodeByte(b)
		if r == utf8.RuneError || unicode.IsControl(r) {
			return 0, false
		}
		sum += p.weigh(p.at(sample, i-1), r, p.at(sample, i+1))
		if n++; n == maxHigh {
			break
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// at is the character at i, a space beyond the ends.
func (p page) at(sample []byte, i int) rune {
	if i < 0 || i >= len(sample) {
		return ' '
	}
	return p.table.DecodeByte(sample[i])
}

// weigh says how likely a character is between its neighbours, from -1 to 1.
func (p page) weigh(before, r, after rune) float64 {
	if !unicode.IsLetter(r) && !unicode.IsMark(r) {
		return weighMark(before, r, after)
	}
	weight := -0.5
	switch {
	case strings.ContainsRune(p.often, r):
		weight = 1
	case strings.ContainsRune(p.seldom, r):
		weight = 0.5
	}
	switch {
	case unicode.IsUpper(r) && unicode.IsLower(before), unicode.IsLower(r) && unicode.IsUpper(after),
		!p.latin && (asciiLetter(before) || asciiLetter(after)),
		unicode.IsUpper(r) && unicode.IsUpper(before) && unicode.IsLower(after) && unicode.IsLetter(after) && p.latin && !asciiLetter(after):
		weight -= 1.5
	case p.latin && foreign(before) && foreign(after):
		weight -= 1 // words of Latin letters are mostly of those in ASCII
	case p.latin && !asciiLetter(before) && !asciiLetter(after):
		weight -= 0.7
	case r == 'õ' && after != 'e' && p.table == charmap.Windows1252:
		weight -= 0.6 // Portuguese; Hungarian has its ő there
	}
	return max(weight, -1)
}

// weighMark is weigh for what is no letter: within a word there is hardly any.
func weighMark(before, r, after rune) float64 {
	within := unicode.IsLetter(before) && unicode.IsLetter(after)
	switch {
	case !strings.ContainsRune(marks, r):
		return -0.5
	case within && r != '’' && r != '·' && r != '–' && r != '—' && r != '\u00a0':
		return -1
	}
	return 0.4
}

func asciiLetter(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }

// foreign reports a letter that is not in ASCII.
func foreign(r rune) bool { return r >= utf8.RuneSelf && unicode.IsLetter(r) }
