package sessionstest

import (
	"cmp"
	"context"
	"slices"

	"dynamic-sessions-mcp/sessions"
)

// Sessions describes the sessions that exist, in order of creation.
func (f *Fake) Sessions(ctx context.Context) ([]sessions.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case f.closed:
		return nil, sessions.ErrClosed
	case f.Err != nil:
		return nil, f.Err
	}
	all := make([]sessions.Session, 0, len(f.sessions))
	for _, s := range f.sessions {
		about := s.about
		about.Expires = about.LastUsed.Add(cooldown)
		all = append(all, about)
	}
	slices.SortFunc(all, func(a, b sessions.Session) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}
