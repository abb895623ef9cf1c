package azure

import (
	"regexp"
	"strings"

	"dynamic-sessions-mcp/sessions"
)

// The marks of what Python and IPython write for an exception.
var (
	colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	// header begins a traceback: Python's own, or IPython's with the class.
	header = regexp.MustCompile(`^(?:([A-Za-z_][\w.]*) +)?Traceback \(most recent call last\):?\s*$`)
	rule   = regexp.MustCompile(`^-{20,}$`)
	// place begins what is written for a syntax error, which has no traceback.
	place = regexp.MustCompile(`^\s+(?:Cell In\[\d+\], line \d+|File .*, line \d+)`)
	// last is the last line of an exception: its class and its text.
	last = regexp.MustCompile(`^([A-Za-z_][\w.]*)(?:: (.*))?$`)
)

// chained are the lines between an exception and the one that came of it.
var chained = [...]string{
	"During handling of the above exception, another exception occurred:",
	"The above exception was the direct cause of the following exception:",
}

// splitTraceback takes the traceback off the end of stderr, where Azure puts
// it, and reads the exception from it. What cannot be told apart is taken for
// the traceback.
func splitTraceback(stderr string) (*sessions.PythonError, string) {
	text := strings.TrimRight(colours.ReplaceAllString(strings.ReplaceAll(stderr, "\r\n", "\n"), ""), "\n ")
	if text == "" {
		return &sessions.PythonError{Name: "Exception", Message: "the pool reported that the code failed, but not why",
			Traceback: "Exception: the pool reported that the code failed, but not why"}, ""
	}
	lines := strings.Split(text, "\n")
	start, name := begin(lines)
	e := &sessions.PythonError{Name: name, Traceback: strings.Join(lines[start:], "\n")}
	e.Name, e.Message = exception(lines[start:], name)
	before := strings.Join(lines[:start], "\n")
	if before != "" {
		before += "\n"
	}
	return e, before
}

// begin finds the line with which the last exception begins, and its class if
// that line has it.
func begin(lines []string) (start int, name string) {
	at := -1
	for i := len(lines) - 1; i >= 0; i-- {
		if m := header.FindStringSubmatch(lines[i]); m != nil {
			if at = i; name == "" {
				name = m[1]
			}
			if !isChained(lines[:i]) {
				break
			}
		}
	}
	if at < 0 {
		for i := len(lines) - 1; i >= 0; i-- {
			if place.MatchString(lines[i]) {
				return i, ""
			}
		}
		return max(len(lines)-1, 0), ""
	}
	if at > 0 && rule.MatchString(lines[at-1]) {
		at--
	}
	return at, name
}

// isChained reports whether what comes behind before belongs to it.
func isChained(before []string) bool {
	for i := len(before) - 1; i >= 0; i-- {
		line := strings.TrimSpace(before[i])
		if line == "" || rule.MatchString(line) {
			continue
		}
		return line == chained[0] || line == chained[1]
	}
	return false
}

// exception reads class and text from the end of a traceback. The text may go
// on for lines.
func exception(lines []string, name string) (string, string) {
	for i := len(lines) - 1; i >= 0; i-- {
		m := last.FindStringSubmatch(lines[i])
		if m == nil || name != "" && m[1] != name && base(m[1]) != base(name) {
			continue
		}
		text := strings.Join(append([]string{m[2]}, lines[i+1:]...), "\n")
		return base(m[1]), strings.TrimSpace(text)
	}
	if name == "" {
		name = "Exception"
	}
	return base(name), strings.TrimSpace(lines[len(lines)-1])
}

// base takes the module off a class.
func base(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// lastLine cuts the last line that is not empty off a text.
func lastLine(text string) (head, line string) {
	trimmed := strings.TrimRight(text, "\r\n ")
	i := strings.LastIndexByte(trimmed, '\n')
	return trimmed[:i+1], trimmed[i+1:]
}
