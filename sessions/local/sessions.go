package local

import (
	"cmp"
	"context"
	"slices"

	"dynamic-sessions-mcp/sessions"
)

// Sessions describes the sessions that exist, in order of creation. It does not keep
// them from their cooldown.
func (p *Pool) Sessions(ctx context.Context) ([]sessions.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, sessions.ErrClosed
	}
	all := make([]sessions.Session, 0, len(p.sessions))
	for _, s := range p.sessions {
		if s.instance != nil {
			all = append(all, p.describe(s))
		}
	}
	slices.SortFunc(all, func(a, b sessions.Session) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}
