package tools

import (
	"context"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// fit shortens the sections until all of them together have at most maxText
// characters. Short ones stay whole. What is cut is stored in the session first,
// where the pool has not done so, so that the model can look at the rest. cut
// reports whether any was.
func (t *Tools) fit(ctx context.Context, a *answer, id sessions.ID) (cut bool) {
	lengths := make([]int, len(a.sections))
	for i, s := range a.sections {
		lengths[i] = utf8.RuneCountInString(s.text)
	}
	for i, room := range shares(maxText, lengths) {
		if room >= lengths[i] {
			continue
		}
		s := &a.sections[i]
		s.text = shorten(s.text, room, t.keep(ctx, id, *s))
		cut = true
	}
	return cut
}

// keep says where all of a section is.
func (t *Tools) keep(ctx context.Context, id sessions.ID, s section) string {
	const elsewhere = "print less at a time, or write it to a file in /mnt/data and look at parts of it"
	if s.file != "" {
		return "all of it is in " + plain(filePath(s.file), 1100)
	}
	if ctx.Err() != nil {
		return elsewhere
	}
	name := "last_" + strings.ReplaceAll(s.label, " ", "_") + ".txt"
	f, err := t.pool.Upload(ctx, id, name, strings.NewReader(s.text))
	if err != nil {
		return elsewhere
	}
	return "all of it is in " + f.Path() + " until the next run that has so much"
}
