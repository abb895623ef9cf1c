package notices

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/recent"
	"dynamic-sessions-mcp/tools/sessionpath"
)

const (
	maxRemembered = 4096 // sessions
	maxUploads    = 100  // names a session
)

// A History remembers of each session what it takes to tell a conversation that
// its session was replaced, or belonged to an earlier conversation. It is bounded:
// the sessions that were unused for the longest are forgotten first. Its methods may
// be called concurrently.
type History struct {
	pool  sessions.Pool
	dir   sessionpath.Dir
	kept  bool        // sessions outlive conversations
	began time.Time   // when this conversation began
	asked atomic.Bool // whether the session is an earlier conversation's

	mu       sync.Mutex
	sessions recent.Map[sessions.ID, *past]
}

type past struct {
	// current and retired are the last two incarnations seen. Two calls may
	// report theirs in either order, so the retired one is no news.
	current, retired string
	uploads          []string // names of uploaded files, oldest first
	unseen           string   // of the last run
}

// NewHistory returns the history of the sessions of pool; dir names their files.
// kept says that sessions outlive conversations, the first of which begins now.
func NewHistory(pool sessions.Pool, dir sessionpath.Dir, kept bool) *History {
	return &History{pool: pool, dir: dir, kept: kept, began: time.Now()}
}

// observe records the incarnation that a run reported. replaced is true if a
// different one was known before; uploads are then the names of the files that were
// uploaded to that, which are forgotten.
func (h *History) observe(id sessions.ID, incarnation string) (replaced bool, uploads []string) {
	if incarnation == "" {
		return false, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.past(id)
	switch {
	case p.current == incarnation || p.retired == incarnation:
		return false, nil
	case p.current == "":
		p.current = incarnation
		return false, nil
	}
	p.retired, p.current = p.current, incarnation
	uploads, p.uploads = p.uploads, nil
	return true, uploads
}

// unseen records why the code of a run did not see the user's folders, and reports whether
// that is news.
func (h *History) unseen(id sessions.ID, why string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.past(id)
	news := why != "" && why != p.unseen
	p.unseen = why
	return news
}

// differs reports whether a different incarnation is known. It records nothing.
func (h *History) differs(id sessions.ID, incarnation string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.sessions.Get(id)
	return ok && incarnation != "" && p.current != "" && p.current != incarnation
}

// Uploaded records that the file name was uploaded to the session.
func (h *History) Uploaded(id sessions.ID, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.past(id)
	if slices.Contains(p.uploads, name) {
		return
	}
	if len(p.uploads) == maxUploads {
		p.uploads = slices.Delete(p.uploads, 0, 1)
	}
	p.uploads = append(p.uploads, name)
}

// past returns what is known of a session, with h.mu held.
func (h *History) past(id sessions.ID) *past {
	p, ok := h.sessions.Use(id)
	if !ok {
		if h.sessions.Len() >= maxRemembered {
			h.sessions.DeleteOldest()
		}
		p = &past{}
		h.sessions.Add(id, p)
	}
	return p
}
