package fold

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxSource is how many lines after a warning's first the line of source may come that
// ends it.
const maxSource = 12

// Warnings takes pieces of one stream, in the order in which they were written, and
// returns them without the warnings that came before, and without pieces that came
// twice before: the first says how often it came.
func Warnings(pieces []string) []string {
	var w warnings
	parts := make([][]*unit, len(pieces))
	for i, piece := range pieces {
		parts[i] = w.split(piece)
	}
	folded := make([]string, len(pieces))
	for i, units := range parts {
		var b strings.Builder
		for _, u := range units {
			b.WriteString(u.String())
		}
		folded[i] = b.String()
	}
	return foldPieces(folded)
}

// foldPieces empties the pieces that are equal to an earlier one, if there are at
// least two of them.
func foldPieces(pieces []string) []string {
	times := map[string]int{}
	for _, piece := range pieces {
		times[piece]++
	}
	seen := map[string]bool{}
	for i, piece := range pieces {
		if n := times[piece]; n > 2 && strings.TrimSpace(piece) != "" {
			pieces[i] = ""
			if !seen[piece] {
				pieces[i] = counted(piece, n)
			}
			seen[piece] = true
		}
	}
	return pieces
}

// counted is a piece that comes several times.
func counted(piece string, times int) string {
	text := strings.TrimRight(piece, "\n")
	if n := strings.Count(text, "\n") + 1; n > 1 {
		return text + "\n" + note(n, times) + "\n"
	}
	return text + note(1, times) + "\n"
}

// A unit is a warning, with the lines that belong to it, or other text.
type unit struct {
	first  string // the first line, or all of other text
	rest   string // the other lines
	times  int    // how often the warning came; 0 for other text
	tokens []string
	others []string // what others had in place of the tokens
}

// String returns the text of a unit. A warning that came before has none.
func (u *unit) String() string {
	if u.times < 2 {
		return u.first + u.rest
	}
	first, end := strings.TrimSuffix(u.first, "\n"), u.first[len(strings.TrimSuffix(u.first, "\n")):]
	if len(u.others) == 0 {
		return first + note(1, u.times) + end + u.rest
	}
	return fmt.Sprintf("%s (×%d, also with %s)%s%s", first, u.times, strings.Join(u.others, ", "), end, u.rest)
}

// warnings are those that came so far, by what is the same in all that count as one.
type warnings struct{ first map[string]*unit }

// split returns the units of a piece, without the warnings that came before.
func (w *warnings) split(piece string) (units []*unit) {
	lines := slices.Collect(strings.Lines(piece))
	other := 0 // where the text begins that is no warning
	for i := 0; i < len(lines); {
		if !isWarning(lines[i]) {
			i++
			continue
		}
		n := warningLength(lines[i:])
		units = append(units, &unit{first: strings.Join(lines[other:i], "")})
		if u := w.add(lines[i], strings.Join(lines[i+1:i+n], "")); u != nil {
			units = append(units, u)
		}
		i += n
		other = i
	}
	return append(units, &unit{first: strings.Join(lines[other:], "")})
}

// add notes a warning and returns it, or nil if it came before. The last line of rest
// is of the source, in which everything counts.
func (w *warnings) add(first, rest string) *unit {
	message, source := first+rest, ""
	if i := strings.LastIndex(strings.TrimSuffix(rest, "\n"), "\n") + 1; rest != "" {
		message, source = first+rest[:i], rest[i:]
	}
	key := variable.ReplaceAllString(message, "\x00") + source
	tokens := variable.FindAllString(message, -1)
	if u := w.first[key]; u != nil {
		u.times++
		u.compare(tokens)
		return nil
	}
	if w.first == nil {
		w.first = map[string]*unit{}
	}
	u := &unit{first: first, rest: rest, times: 1, tokens: tokens}
	w.first[key] = u
	return u
}

const (
	maxOthers = 12 // that are said
	maxToken  = 40 // characters of one
)

// compare notes what differs in a warning like u.
func (u *unit) compare(tokens []string) {
	for i, token := range tokens {
		if token == u.tokens[i] {
			continue
		}
		token = strings.ToValidUTF8(token[:min(len(token), maxToken)], "")
		switch {
		case slices.Contains(u.others, token):
		case len(u.others) < maxOthers:
			u.others = append(u.others, token)
		case len(u.others) == maxOthers:
			u.others = append(u.others, "…")
		}
		return
	}
}

var (
	// python is how Python writes the first line of a warning.
	python = regexp.MustCompile(`^\S.*:\d+: [\w.]*Warning:`)
	// logged is a line of a log that warns.
	logged = regexp.MustCompile(`\bWARN(ING)?\b|^findfont: `)
	// variable is what may differ in warnings that say the same: characters by name,
	// numbers, paths.
	variable = regexp.MustCompile(`\\N\{[^}]*\}|\b0x[0-9a-fA-F]+|\d+(?:\.\d+)*(?:[eE][-+]?\d+)?|(?:/[\w.+-]+)+`)
)

func isWarning(line string) bool {
	return strings.Contains(line, "Warning:") && python.MatchString(line) || logged.MatchString(line)
}

// warningLength returns how many of the lines belong to the warning that the first of
// them begins: those of its message, and the line of source, which is indented by two.
func warningLength(lines []string) int {
	if !python.MatchString(lines[0]) {
		return 1
	}
	for i := 1; i < len(lines) && i <= maxSource && !isWarning(lines[i]); i++ {
		if strings.HasPrefix(lines[i], "  ") && !strings.HasPrefix(lines[i], "   ") {
			return i + 1
		}
	}
	return 1
}
