package notices

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// maxContents bounds the characters of what is said of variables.
const maxContents = 200

// contents says in a line what is in a session, such as "df DataFrame 749×9, m Series 20,
// 12 more; 5 files". variables is nil if they are not known, or there are none.
func (h *History) contents(ctx context.Context, id sessions.ID, variables *sessions.Variables) string {
	var parts []string
	if text := variablesText(variables); text != "" {
		parts = append(parts, text)
	}
	if found, err := h.pool.List(ctx, id, "", true); err == nil {
		parts = append(parts, filesText(found))
	}
	return strings.Join(parts, "; ")
}

// filesText counts the files that a listing tells of.
func filesText(found sessions.Listing) string {
	n := 0
	for _, f := range found.Files {
		if !f.Dir && !sessions.Incidental(f.Name) {
			n++
		}
	}
	switch {
	case found.Omitted != 0:
		return "more than " + prose.Count(n, "file", "files")
	case n == 0:
		return "no files"
	}
	return prose.Count(n, "file", "files")
}

// variablesText names a few variables and counts the others.
func variablesText(v *sessions.Variables) string {
	if v == nil {
		return ""
	}
	var parts []string
	size, more := 0, v.More
	for _, one := range v.Named {
		text := prose.Line(one.Name, 40) + " " + prose.Line(one.Type, 40) + shapeText(one.Shape)
		if size += len(text); size > maxContents {
			more++
			continue
		}
		parts = append(parts, text)
	}
	switch {
	case len(parts) == 0 && more == 0:
		return "no variables"
	case len(parts) == 0:
		return prose.Count(more, "variable", "variables")
	case more > 0:
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}

// shapeText is a shape after a space, such as " 749×9".
func shapeText(shape []int64) string {
	if len(shape) == 0 {
		return ""
	}
	texts := make([]string, len(shape))
	for i, n := range shape {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return " " + strings.Join(texts, "×")
}
