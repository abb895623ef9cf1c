package local

import "sync"

// A setupStatus is what the set-up is doing now. Any number of calls may wait for its changes.
type setupStatus struct {
	mu      sync.Mutex
	text    string
	changed chan struct{}
}

func newSetupStatus() *setupStatus { return &setupStatus{changed: make(chan struct{})} }

func (s *setupStatus) set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == s.text {
		return
	}
	s.text = text
	close(s.changed)
	s.changed = make(chan struct{})
}

// get returns the status, and a channel that is closed when there is another.
func (s *setupStatus) get() (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text, s.changed
}
