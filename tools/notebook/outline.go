package notebook

import (
	"encoding/json"
	"fmt"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	// outlineLines bounds the lines of a cell in an outline, outlineLine the characters
	// of one, and outlineText all of them.
	outlineLines, outlineLine, outlineText = 6, 160, 8000
)

// Outline says what the cells of a session's notebook hold, in the form in which other
// notebooks are shown. Outputs are text of the session, as it is.
func (s *Store) Outline(id sessions.ID) string {
	k := s.open(id)
	k.mu.Lock()
	cells := k.book.cells()
	k.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "notebook, %s", prose.Count(len(cells), "cell", "cells"))
	for i, data := range cells {
		c, ok := readCell(data)
		if !ok {
			continue
		}
		text := outlineOf(i+1, c)
		if b.Len()+len(text) > outlineText {
			fmt.Fprintf(&b, "\n[cells from %d on are left out: pass lines, one for each cell]", i+1)
			break
		}
		b.WriteString(text)
	}
	return b.String()
}

func outlineOf(n int, c cell) string {
	var b strings.Builder
	shown, more := c.Source, ""
	if hidden, ok := c.Metadata["jupyter"].(map[string]any); ok && hidden["source_hidden"] == true {
		shown = shown[:1]
	}
	if len(shown) > outlineLines {
		shown, more = shown[:outlineLines], fmt.Sprintf(", %d lines", len(shown))
	}
	fmt.Fprintf(&b, "\n--- cell %d, %s%s", n, c.Type, more)
	for _, line := range shown {
		b.WriteString("\n" + prose.Line(strings.TrimRight(line, "\n"), outlineLine))
	}
	if c.execution == nil {
		return b.String()
	}
	for _, out := range c.Outputs[:min(len(c.Outputs), outlineLines)] {
		if text := outlineOutput(out); text != "" {
			b.WriteString("\n  → " + prose.Line(text, 2*outlineLine))
		}
	}
	return b.String()
}

// outlineOutput is what an output is, in a line.
func outlineOutput(raw json.RawMessage) string {
	var out struct {
		Text  []string                   `json:"text"`
		Name  string                     `json:"ename"`
		Value string                     `json:"evalue"`
		Data  map[string]json.RawMessage `json:"data"`
	}
	if json.Unmarshal(raw, &out) != nil {
		return ""
	}
	for kind := range out.Data {
		if strings.HasPrefix(kind, "image/") {
			return "a picture, " + kind
		}
	}
	switch {
	case out.Name != "":
		return out.Name + ": " + out.Value
	case out.Text != nil:
		return strings.Join(out.Text, "")
	}
	var text []string
	if json.Unmarshal(out.Data["text/plain"], &text) != nil {
		var one string
		_ = json.Unmarshal(out.Data["text/plain"], &one) // else it is ""
		return one
	}
	return strings.Join(text, "")
}
