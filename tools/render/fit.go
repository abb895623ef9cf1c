package render

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// keepTime bounds the storing of what is cut: the answer must not wait for a pool
// that no longer answers.
const keepTime = 5 * time.Second

// fit shortens the sections until all of them together have at most MaxText
// characters. Short ones stay whole. What is cut is stored in the session first,
// where the pool has not done so, so that the model can look at the rest. cut
// reports whether any was.
func (r *Renderer) fit(ctx context.Context, a *answer, id sessions.ID) (cut bool) {
	lengths := make([]int, len(a.sections))
	for i, s := range a.sections {
		lengths[i] = utf8.RuneCountInString(s.text)
	}
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	for i, room := range divide(MaxText, lengths) {
		if room >= lengths[i] {
			continue
		}
		s := &a.sections[i]
		s.text = s.shortened(room, r.keep(ctx, id, *s))
		cut = true
	}
	return cut
}

// keep says where all of a section is.
func (r *Renderer) keep(ctx context.Context, id sessions.ID, s section) string {
	elsewhere := "print less at a time, or write it to a file in " + r.opts.Dir.Where() + " and read parts of it"
	if s.file != "" {
		return "all of it is in " + prose.Name(r.opts.Dir.Path(s.file))
	}
	if ctx.Err() != nil {
		return elsewhere
	}
	name := "last_" + strings.ReplaceAll(s.label, " ", "_") + ".txt"
	f, err := r.opts.Pool.Upload(ctx, id, name, strings.NewReader(s.text))
	if err != nil {
		return elsewhere
	}
	kept := "all of it is in "
	if s.total > 0 {
		kept = "what was kept of it is in "
	}
	return kept + prose.Name(r.opts.Dir.Path(f.Name)) + " until the next run with so much output"
}

// shortened keeps the ends of the text in about limit characters. Of a text that
// the pool had cut before it says the length that it had, not that of what came.
func (s section) shortened(limit int, where string) string {
	if s.total == 0 {
		return shorten(s.text, limit, where)
	}
	head, tail := ends(s.text, limit)
	return fmt.Sprintf("%s\n[… of %s all but these %d characters left out here; %s …]\n%s", head, prose.Size(s.total), limit, where, tail)
}
