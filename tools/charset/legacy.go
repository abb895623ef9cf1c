package charset

import (
	"bytes"
	"unicode/utf8"
)

const (
	// minScore is what a guess must reach, of 1.
	minScore = 0.35
	// minHigh is how many bytes a text has at least that has nothing in ASCII.
	minHigh = 8
)

// A candidate is an encoding with how well it explains a sample: 1 if all of its
// letters are the most common ones, less than 0 if most stand where none can stand.
type candidate struct {
	set   Charset
	score float64
}

// legacy guesses the encoding of a sample that is not UTF-8 and has no control
// characters.
func legacy(sample []byte, whole bool) (Charset, bool) {
	if len(sample) < minHigh && !bytes.ContainsFunc(sample, func(r rune) bool { return r < utf8.RuneSelf }) {
		return Charset{}, false
	}
	best := candidate{score: minScore}
	for _, c := range multiByte(sample, whole) {
		best = better(best, c)
	}
	for _, page := range pages() {
		if score, ok := page.score(sample); ok {
			best = better(best, candidate{page.charset(), score})
		}
	}
	return best.set, best.set.Name != ""
}

// better is the one with the higher score; the first of equals.
func better(a, b candidate) candidate {
	if b.score > a.score {
		return b
	}
	return a
}
