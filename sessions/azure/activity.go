package azure

import (
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// An activity remembers the sessions that were used and have not ended since.
type activity struct {
	mu      sync.Mutex
	known   map[sessions.ID]use
	changed chan struct{} // tells the keeper that something changed
}

// use is when a session was used last: by a caller, and by anyone.
type use struct{ called, touched time.Time }

func newActivity() *activity {
	return &activity{known: map[sessions.ID]use{}, changed: make(chan struct{}, 1)}
}

// called notes a use by a caller. It forgets sessions whose last use is longer
// ago than keep.
func (u *activity) called(id sessions.ID, keep time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	u.known[id] = use{now, now}
	if len(u.known)%1024 == 0 {
		for id, last := range u.known {
			if now.Sub(last.touched) > keep {
				delete(u.known, id)
			}
		}
	}
	select {
	case u.changed <- struct{}{}:
	default:
	}
}

// touched notes a use by the keeper.
func (u *activity) touched(id sessions.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last, ok := u.known[id]; ok {
		last.touched = time.Now()
		u.known[id] = last
	}
}

func (u *activity) forget(id sessions.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.known, id)
}

func (u *activity) ids() []sessions.ID {
	u.mu.Lock()
	defer u.mu.Unlock()
	ids := make([]sessions.ID, 0, len(u.known))
	for id := range u.known {
		ids = append(ids, id)
	}
	return ids
}

// due returns the sessions that have not been touched for interval although a
// caller used them within keep, and when the next one is due, zero if none is.
func (u *activity) due(interval, keep time.Duration) (now []sessions.ID, next time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	at := time.Now()
	for id, last := range u.known {
		when := last.touched.Add(interval)
		switch {
		case when.Sub(last.called) > keep: // by then the caller has left it
		case !when.After(at):
			now = append(now, id)
		case next.IsZero() || when.Before(next):
			next = when
		}
	}
	return now, next
}
