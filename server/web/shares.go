package web

import (
	"context"
	"sync"
)

// shares divide something that is limited among principals. Each may hold as
// much as it leaves free, so one that takes all it can get leaves half to the
// others, and the next a quarter. The methods may be called concurrently.
type shares struct {
	mu    sync.Mutex
	free  int64
	held  map[string]int64
	freed chan struct{} // closed when some was given back
}

func newShares(total int64) *shares {
	return &shares{free: total, held: map[string]int64{}, freed: make(chan struct{})}
}

// take takes n for a principal, who must give them back. It reports false if it
// may not.
func (s *shares) take(who string, n int64) bool {
	ok, _ := s.try(who, n)
	return ok
}

// try is take; when it fails, freed is closed when it may succeed.
func (s *shares) try(who string, n int64) (ok bool, freed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[who]+n > s.free {
		return false, s.freed
	}
	s.free -= n
	s.held[who] += n
	return true, nil
}

// wait takes n as soon as the principal may have them. It reports false if ctx
// ends before.
func (s *shares) wait(ctx context.Context, who string, n int64) bool {
	for {
		ok, freed := s.try(who, n)
		if ok {
			return true
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
}

// give gives n back.
func (s *shares) give(who string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	if s.held[who] -= n; s.held[who] == 0 {
		delete(s.held, who)
	}
	close(s.freed)
	s.freed = make(chan struct{})
}
