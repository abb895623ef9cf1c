package notices

import (
	"context"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// Tell adds to l what happened to the session between its last run and run, and
// reports whether it was replaced by a new one.
func (h *History) Tell(ctx context.Context, l *List, id sessions.ID, run *sessions.Execution) (restarted bool) {
	h.tellEarlier(ctx, l, id, run)
	restarted, uploads := h.observe(id, run.Incarnation)
	if restarted {
		l.say("The session was restarted before this code ran, for example because it was unused for too long: "+
			"earlier variables, imports and files are gone. %s", h.lost(ctx, id, uploads))
	}
	switch {
	case run.Restart == sessions.RestartAsked:
		l.say("Restarted, as you asked: a new interpreter, without earlier variables and imports. Files were kept.")
	case run.Restart != "":
		l.say("This code ran in a new interpreter because %s: earlier variables and imports are gone, files were kept.",
			prose.Line(string(run.Restart), 200))
		if run.Restart == sessions.RestartSleep {
			l.say("The session has %s.", h.contents(ctx, id, nil))
		}
	}
	if s := run.Stopped; s != nil {
		l.say("Run %d of the earlier conversation was stopped after %s, when its server ended.", s.Number, prose.Span(s.After.Truncate(time.Second)))
	}
	if run.Rollback != nil && run.Rollback.Why != "" {
		l.say("%s", rolledBackBefore(run.Rollback))
	}
	if h.unseen(id, run.Unseen) {
		l.say("Code does not see all of the user's folders as they are: %s. upload_file(local_path=...) copies files and folders.",
			prose.Line(run.Unseen, 300))
	}
	return restarted
}

// tellEarlier says in the first answer of a conversation that it continues an
// earlier one, if so.
func (h *History) tellEarlier(ctx context.Context, l *List, id sessions.ID, run *sessions.Execution) {
	if !h.kept || h.asked.Swap(true) {
		return
	}
	s, err := h.pool.Describe(ctx, id)
	if err != nil || !s.Created.Before(h.began) {
		return
	}
	what, has := "its variables, imports and files are available", run.Variables
	if run.Restart != "" {
		what, has = "its files are available", nil // what it has now is of this code
	}
	l.say("This session continues an earlier conversation, which started it on %s: %s. It has %s.",
		s.Created.UTC().Format("2006-01-02 15:04 UTC"), what, h.contents(ctx, id, has))
}

// lost says what to do after a restart, and which of the uploaded files are not in
// the new session.
func (h *History) lost(ctx context.Context, id sessions.ID, uploads []string) string {
	const again = "Recreate what is still needed"
	if found, err := h.pool.List(ctx, id, "", true); err == nil {
		uploads = slices.DeleteFunc(uploads, func(name string) bool {
			there := slices.ContainsFunc(found.Files, func(f sessions.File) bool { return f.Name == name })
			if there {
				h.Uploaded(id, name)
			}
			return there
		})
	}
	if len(uploads) == 0 {
		return again + "."
	}
	last := uploads[max(0, len(uploads)-20):]
	names := make([]string, len(last))
	for i, name := range last {
		names[i] = prose.Name(h.dir.Relative(name))
	}
	return again + ", and upload these files again: " + strings.Join(names, ", ") + "."
}

// ReplacedNote is a sentence, after a space, that explains why files are missing if
// the session was replaced since its last run, or "".
func (h *History) ReplacedNote(ctx context.Context, id sessions.ID) string {
	s, err := h.pool.Describe(ctx, id)
	if err != nil || !h.differs(id, s.Incarnation) {
		return ""
	}
	return " The session was restarted: earlier variables and files are gone."
}
