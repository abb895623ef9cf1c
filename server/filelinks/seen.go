package filelinks

import (
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// seen remembers which files of which sessions answers had links to. What it forgets
// is linked again.
type seen struct {
	mu       sync.Mutex
	sessions map[sessions.ID]map[string]stamp
}

// A stamp tells whether a file has changed.
type stamp struct {
	size     int64
	modified time.Time
}

const (
	maxSessions = 1000
	maxFiles    = 2000
)

func newSeen() *seen { return &seen{sessions: map[sessions.ID]map[string]stamp{}} }

// fresh returns the files for the user that are new or changed, and notes them.
func (s *seen) fresh(id sessions.ID, files []sessions.File) (fresh []sessions.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.sessions[id]
	if !ok && len(s.sessions) >= maxSessions {
		clear(s.sessions)
	}
	now := make(map[string]stamp, min(len(files), maxFiles))
	for _, f := range files {
		if _, _, ok := deliverable(f); !ok || len(now) >= maxFiles {
			continue
		}
		is := stamp{f.Size, f.Modified}
		if was, ok := before[f.Name]; !ok || was.size != is.size || !was.modified.Equal(is.modified) {
			fresh = append(fresh, f)
		}
		now[f.Name] = is
	}
	s.sessions[id] = now
	return fresh
}
