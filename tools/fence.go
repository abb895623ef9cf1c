package tools

import "strings"

// unfence takes the Markdown fence off code that a model wrapped in one, with
// the name of the language. Code that does not begin with a backtick, which no
// Python does, is returned as it is, so neither indentation nor a name such as
// python_version is harmed.
func unfence(code string) string {
	inner := strings.TrimLeft(code, " \t\r\n")
	if !strings.HasPrefix(inner, "`") {
		return code
	}
	inner = strings.TrimLeft(inner, "`")
	word := inner
	if end := strings.IndexAny(inner, " \t\r\n`"); end >= 0 {
		word = inner[:end]
	}
	switch strings.ToLower(word) {
	case "python", "python3", "py", "py3", "ipython", "ipython3", "tool_code":
		inner = inner[len(word):]
	}
	inner = strings.TrimRight(inner, " \t\r\n`")
	// Of a fence on a line of its own nothing but that line goes: what follows
	// keeps its indentation.
	if line, rest, found := strings.Cut(inner, "\n"); found && strings.TrimSpace(line) == "" {
		return rest
	}
	return strings.TrimLeft(inner, " \t")
}
