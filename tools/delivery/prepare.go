package delivery

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Folders makes the folder [sessions.OutDir] in sessions before their code looks for it. Its methods
// may be called concurrently.
type Folders struct {
	pool sessions.Pool

	mu   sync.Mutex
	seen map[sessions.ID]time.Time // when the folder was last there, or was made
}

// NewFolders returns what makes folders in the sessions of a pool.
func NewFolders(pool sessions.Pool) *Folders {
	return &Folders{pool: pool, seen: map[sessions.ID]time.Time{}}
}

const (
	// lasting is how long a folder is taken to be there after it was seen: sessions
	// that are replaced by new ones were unused for longer.
	lasting = 30 * time.Second
	maxSeen = 1000
	// keepFile makes the folder, since pools make no empty ones. It is removed again.
	keepFile = sessions.OutDir + "/.keep"
)

// Make makes the folder in a session if it is not there. Code that has to do without
// says so itself, so there is no error.
func (f *Folders) Make(ctx context.Context, id sessions.ID) {
	if !f.due(id) {
		return
	}
	if _, err := f.pool.Stat(ctx, id, sessions.OutDir); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if _, err := f.pool.Upload(ctx, id, keepFile, strings.NewReader("")); err == nil {
		_ = f.pool.Delete(ctx, id, keepFile) // or it stays there, hidden
	}
}

// due reports whether the folder may be missing, and notes that it will not be.
func (f *Folders) due(id sessions.ID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	last, ok := f.seen[id]
	if !ok && len(f.seen) >= maxSeen {
		clear(f.seen)
	}
	f.seen[id] = now
	return !ok || now.Sub(last) > lasting
}
