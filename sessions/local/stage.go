package local

import "sync"

// A stage is what the set-up is doing now. Any number of calls may follow it.
type stage struct {
	mu      sync.Mutex
	text    string
	changed chan struct{}
}

func newStage() *stage { return &stage{changed: make(chan struct{})} }

func (s *stage) set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == s.text {
		return
	}
	s.text = text
	close(s.changed)
	s.changed = make(chan struct{})
}

// get returns the stage, and a channel that is closed when there is another.
func (s *stage) get() (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text, s.changed
}
