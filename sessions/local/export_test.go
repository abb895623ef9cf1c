package local

import "dynamic-sessions-mcp/sessions"

// Asleep reports whether a session sleeps.
func (p *Pool) Asleep(id sessions.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	return s != nil && s.phase == asleep
}
