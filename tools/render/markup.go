package render

import (
	"html"
	"strings"
)

// readable reduces HTML to text that a model can read: no tags, scripts or
// styles, a line for each block and row, and tabs between the cells of a table.
// It follows the syntax of tags (HTML, 13.1.2) but builds no tree, so it takes
// whatever comes, in time that grows with its length.
//
// The scan is our own because its input may be hostile and as long as a run may
// display, 20 MiB: the tokenizer of golang.org/x/net/html needs up to 12 bytes of
// memory for a byte of one tag, and ten times as long.
func readable(source string) string {
	var t markupText
	for source != "" {
		open := strings.IndexByte(source, '<')
		if open < 0 {
			open = len(source)
		}
		t.text(source[:open])
		source = source[open:]
		if source == "" {
			break
		}
		var tag string
		if tag, source = cutTag(source); tag == "" {
			t.text("<")
			source = source[1:]
			continue
		}
		name := tagName(tag)
		t.tag(name, tag)
		if unshown(name) {
			source = afterEnd(source, name)
		}
	}
	return t.String()
}

// cutTag splits off the tag, comment or declaration at the start of s, or
// returns "" when the < there begins none. A quoted attribute may hold a >.
func cutTag(s string) (tag, rest string) {
	if len(s) < 2 || !letter(s[1]) && s[1] != '/' && s[1] != '!' && s[1] != '?' {
		return "", s
	}
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s[4:], "-->"); end >= 0 {
			return s[:end+7], s[end+7:]
		}
		return s, ""
	}
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			if s[i-1] == '=' {
				quote = c
			}
		case c == '>':
			return s[:i+1], s[i+1:]
		}
	}
	return s, ""
}

// tagName is the name of a tag in lower case, with its slash if it ends an
// element.
func tagName(tag string) string {
	i := 1
	if i < len(tag) && tag[i] == '/' {
		i++
	}
	for i < len(tag) && (letter(tag[i]) || tag[i] >= '0' && tag[i] <= '9' || tag[i] == '-') {
		i++
	}
	return strings.ToLower(tag[1:i])
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// unshown reports elements whose contents no reader sees, or sees only where
// the element itself is not supported.
func unshown(name string) bool {
	switch name {
	case "script", "style", "head", "template", "audio", "video", "iframe", "object", "svg":
		return true
	}
	return false
}

// afterEnd is what follows the end tag of the element name.
func afterEnd(s, name string) string {
	for from := 0; ; {
		at := strings.Index(s[from:], "</")
		if at < 0 {
			return ""
		}
		from += at + 2
		if len(s)-from < len(name) {
			return ""
		}
		if strings.EqualFold(s[from:from+len(name)], name) {
			_, rest := cutTag(s[from-2:])
			return rest
		}
	}
}

// markupText collects the text of a page.
type markupText struct {
	b     strings.Builder
	space bool // white space came and was not written yet
	line  bool // something stands on the current line
	cells bool // a cell of the current row was begun
	pre   int
}

func (t *markupText) text(s string) {
	s = html.UnescapeString(s)
	if t.pre > 0 {
		t.b.WriteString(s)
		t.line = t.line || s != ""
		return
	}
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' {
			t.space = true
			continue
		}
		if t.space && t.line {
			t.b.WriteByte(' ')
		}
		t.space, t.line = false, true
		t.b.WriteRune(r)
	}
}

func (t *markupText) tag(name, source string) {
	switch name {
	case "td", "th":
		if t.cells {
			t.b.WriteByte('\t')
		} else {
			t.newLine()
		}
		t.cells, t.line, t.space = true, false, false
	case "tr", "/tr", "/table":
		t.cells = false
		t.line = t.b.Len() > 0
		t.newLine()
	case "pre":
		t.newLine()
		t.pre++
	case "/pre":
		t.pre = max(0, t.pre-1)
		t.newLine()
	case "audio", "video", "svg", "object", "img":
		t.text(" [" + name + "] ")
	case "iframe":
		t.text(" [page: " + attribute(source, "src") + "] ")
	case "li":
		t.newLine()
		t.text("- ")
	case "br", "p", "/p", "div", "/div", "ul", "/ul", "ol", "/ol", "/li", "table", "h1", "/h1", "h2", "/h2", "h3", "/h3",
		"h4", "/h4", "hr", "blockquote", "dt", "dd", "section", "article", "caption", "/caption", "thead", "tbody":
		if !t.cells {
			t.newLine()
		} else {
			t.space = true
		}
	}
}

func (t *markupText) newLine() {
	if t.line {
		t.b.WriteByte('\n')
	}
	t.line, t.space = false, false
}

// String is the text without blank lines.
func (t *markupText) String() string {
	lines := strings.Split(t.b.String(), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimRight(line, " \r"); strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// attribute is the value of an attribute of a tag, or "".
func attribute(tag, name string) string {
	i := strings.Index(strings.ToLower(tag), " "+name+"=")
	if i < 0 || i+len(name)+2 >= len(tag) {
		return ""
	}
	value := tag[i+len(name)+2:]
	if quote := value[0]; quote == '"' || quote == '\'' {
		value, _, _ = strings.Cut(value[1:], string(quote))
		return value
	}
	value, _, _ = strings.Cut(strings.TrimSuffix(value, ">"), " ")
	return value
}
