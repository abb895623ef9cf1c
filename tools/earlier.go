package tools

import (
	"context"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// An earlier conversation may have left what this one finds, if sessions are
// kept.
type earlier struct {
	before time.Time // when this conversation began
	asked  atomic.Bool
}

// sayEarlier says in the first answer of a conversation that its session is the
// one of an earlier conversation, if it is.
func (t *Tools) sayEarlier(ctx context.Context, a *answer, id sessions.ID, run *sessions.Execution) {
	if !t.env.Kept || t.earlier.asked.Swap(true) {
		return
	}
	s, err := t.pool.Describe(ctx, id)
	if err != nil || !s.Created.Before(t.earlier.before) {
		return
	}
	what := "its variables, imports and files are there"
	if run.Restart != "" {
		what = "its files are there"
	}
	a.notices.say("This session goes on from an earlier conversation, which began it on %s: %s.",
		s.Created.UTC().Format("2006-01-02 15:04 UTC"), what)
}
