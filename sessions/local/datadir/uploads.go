package local

import (
	"maps"
	"sync"

	"dynamic-sessions-mcp/sessions"
)

// arrivals are the files that callers uploaded since the last execution ended:
// the next one did not make them.
type arrivals struct {
	mu    sync.Mutex
	files stamps
}

func (a *arrivals) add(f sessions.File) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.files == nil {
		a.files = stamps{}
	}
	a.files[f.Name] = stamp{f.Size, f.Modified}
}

// moveTo adds the arrivals to what was there before an execution and forgets
// them.
func (a *arrivals) moveTo(before stamps) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(before, a.files)
	a.files = nil
}

// has reports whether a file is one of the arrivals.
func (a *arrivals) has(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.files[name]
	return ok
}
