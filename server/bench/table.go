package bench

import "strings"

// A table is one in Markdown.
type table struct {
	head []string
	rows [][]string
}

// String writes the table, with a line end behind each row.
func (t table) String() string {
	var b strings.Builder
	writeRow(&b, t.head)
	rule := make([]string, len(t.head))
	for i := range rule {
		rule[i] = "---"
	}
	b.WriteString("|" + strings.Join(rule, "|") + "|\n")
	for _, row := range t.rows {
		writeRow(&b, row)
	}
	return b.String()
}

func writeRow(b *strings.Builder, cells []string) {
	b.WriteString("|")
	for _, cell := range cells {
		if cell = oneLine(cell); cell == "" {
			b.WriteString(" |")
			continue
		}
		b.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`) + " |")
	}
	b.WriteString("\n")
}

// maxReason is how many characters of somebody else's words a cell has room for.
const maxReason = 300

// oneLine returns text without line ends and other characters that do not print, cut
// where a reason would fill the page.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)), " ")
	if runes := []rune(text); len(runes) > maxReason {
		return string(runes[:maxReason]) + " …"
	}
	return text
}
