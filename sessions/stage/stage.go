// Package stage tells any number of callers what a pool does to get ready.
//
//	latest := stage.NewLatest()
//	latest.Set("downloading packages")  // who does it
//	doing, changed := latest.Get()      // who waits
package stage

import "sync"

// Latest is what is being done now. Its methods may be called concurrently.
type Latest struct {
	mu      sync.Mutex
	doing   string
	changed chan struct{}
}

// NewLatest returns one that says "".
func NewLatest() *Latest { return &Latest{changed: make(chan struct{})} }

// Set says what is being done now.
func (l *Latest) Set(doing string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if doing == l.doing {
		return
	}
	l.doing = doing
	close(l.changed)
	l.changed = make(chan struct{})
}

// Get returns what is being done now, and a channel that is closed when that is
// something else.
func (l *Latest) Get() (doing string, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.doing, l.changed
}
