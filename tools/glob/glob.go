// Package glob matches paths of files with patterns as shells have them:
//
//	p, err := glob.Parse("data/**/*.{csv,xlsx}")
//	ok := p.Match("data/2026/jan/a.csv")
//
// * and ? match within a part of a path, [a-z] and [!a-z] one character, ** any
// number of parts, and {a,b} one of several. Paths are separated by slashes.
//
// A pattern comes from a model and is matched with the names of many files, so it is
// bounded: matching takes at most the product of the lengths of pattern and path.
package glob

import (
	"errors"
	"path"
	"strings"
)

const (
	maxPattern      = 1024 // bytes
	maxAlternatives = 64   // of all braces together
	anyParts        = "**"
)

// The errors of [Parse], within a sentence.
var (
	errTooLong   = errors.New("it is too long")
	errTooMany   = errors.New("its braces stand for more than 64 patterns")
	errBraces    = errors.New("a brace is not closed")
	errMalformed = errors.New("a bracket is not closed")
)

// A Pattern is a parsed pattern.
type Pattern struct {
	text         string
	alternatives [][]string // the parts of each
}

// Parse reads a pattern. Its errors say what is wrong, within a sentence.
func Parse(text string) (Pattern, error) {
	if len(text) > maxPattern {
		return Pattern{}, errTooLong
	}
	expanded, err := expand(text)
	if err != nil {
		return Pattern{}, err
	}
	p := Pattern{text: text}
	for _, alternative := range expanded {
		parts := strings.Split(strings.TrimPrefix(path.Clean("/"+alternative), "/"), "/")
		for i, part := range parts {
			parts[i] = negated(part)
			if _, err := path.Match(parts[i], "x"); err != nil {
				return Pattern{}, errMalformed
			}
		}
		p.alternatives = append(p.alternatives, parts)
	}
	return p, nil
}

// HasMeta reports whether a path is a pattern rather than a name.
func HasMeta(text string) bool { return strings.ContainsAny(text, "*?[{") }

// Base divides a path into the folder that has all that it matches, and the pattern
// below that. Of a path without a pattern, the pattern is the last part.
func Base(text string) (dir, pattern string) {
	at := strings.IndexAny(text, "*?[{")
	if at < 0 {
		at = len(text)
	}
	slash := strings.LastIndexByte(text[:at], '/')
	return text[:slash+1], text[slash+1:]
}

// String returns the pattern as it was parsed.
func (p Pattern) String() string { return p.text }

// Parts reports whether the pattern has several parts, rather than being about names
// alone.
func (p Pattern) Parts() bool {
	return strings.Contains(p.text, "/") || strings.Contains(p.text, anyParts)
}

// Depth is how many parts a path has at most that matches, -1 if there is no bound.
func (p Pattern) Depth() int {
	depth := 0
	for _, parts := range p.alternatives {
		for _, part := range parts {
			if part == anyParts {
				return -1
			}
		}
		depth = max(depth, len(parts))
	}
	return depth
}

// Match reports whether all of a path matches.
func (p Pattern) Match(name string) bool {
	names := strings.Split(name, "/")
	for _, parts := range p.alternatives {
		if matchParts(parts, names) {
			return true
		}
	}
	return false
}

// matchParts matches a part at a time. matched[j] says that the first j names match
// the parts so far.
func matchParts(parts, names []string) bool {
	matched := make([]bool, len(names)+1)
	matched[0] = true
	for _, part := range parts {
		if part == anyParts {
			for j := 1; j <= len(names); j++ {
				matched[j] = matched[j] || matched[j-1]
			}
			continue
		}
		for j := len(names); j > 0; j-- {
			matched[j] = matched[j-1] && matchName(part, names[j-1])
		}
		matched[0] = false
	}
	return matched[len(names)]
}

func matchName(part, name string) bool {
	ok, err := path.Match(part, name)
	return ok && err == nil
}

// negated writes the negation of a shell as that of package path: [!a] as [^a].
func negated(part string) string { return strings.ReplaceAll(part, "[!", "[^") }

// expand replaces braces by the patterns that they stand for.
func expand(text string) ([]string, error) {
	done := []string(nil)
	open := []string{text}
	for len(open) > 0 {
		if len(open)+len(done) > maxAlternatives {
			return nil, errTooMany
		}
		next := open[0]
		open = open[1:]
		before, choices, after, ok := cutBraces(next)
		if !ok {
			return nil, errBraces
		}
		if choices == nil {
			done = append(done, next)
			continue
		}
		for _, choice := range choices {
			open = append(open, before+choice+after)
		}
	}
	return done, nil
}

// cutBraces finds the first braces that have no others in them. choices is nil if
// there are none.
func cutBraces(text string) (before string, choices []string, after string, ok bool) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return "", nil, "", !strings.Contains(text, "{")
	}
	start := strings.LastIndexByte(text[:end], '{')
	if start < 0 {
		return "", nil, "", false
	}
	return text[:start], strings.Split(text[start+1:end], ","), text[end+1:], true
}
