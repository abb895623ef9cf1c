// Package budget divides what is scarce in a server among its users: requests,
// connections, and above all the memory for the answers of sessions.
//
// [Shares] are all there is. An [Account] is what one answer holds of it, from the
// first byte that is read from a session until the client has received the last:
//
//	memory := budget.New(total)
//	account := memory.Open("user:ada")
//	defer account.Close()
//	ctx = budget.WithAccount(ctx, account)
//
// A pool takes from the account of its context before it keeps anything for a call.
package budget

import (
	"context"
	"runtime/debug"
	"sync"
)

// AnswerMemory bounds the memory of all answers of a server together. The memory of
// the server itself, and garbage that is not collected yet, come on top.
const AnswerMemory = 128 << 20

// Shares divide something limited among holders. Each may hold as much as it leaves
// free: one that takes all it can get leaves half to the others, and the next one a
// quarter. The methods may be called concurrently.
type Shares struct {
	mu    sync.Mutex
	total int64
	free  int64
	held  map[string]int64
	freed chan struct{} // closed when some was given back

	memory memoryReturn
}

// New returns shares of total. Close them when nobody holds any.
func New(total int64) *Shares {
	return &Shares{
		total: total, free: total, held: map[string]int64{}, freed: make(chan struct{}),
		memory: memoryReturn{free: debug.FreeOSMemory, closing: make(chan struct{})},
	}
}

// Close waits until nothing of the shares runs in the background. It may be called
// more than once. What is given back afterwards is given back at once.
func (s *Shares) Close() { s.memory.close() }

// Take takes n for a holder, which must give them back. It reports false if the
// holder may not have them.
func (s *Shares) Take(who string, n int64) bool {
	ok, _ := s.try([]string{who}, n)
	return ok
}

// try takes n for all of who at once; each of them must be entitled to it. When
// it fails, freed is closed when it may succeed.
func (s *Shares) try(who []string, n int64) (ok bool, freed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > s.free {
		return false, s.freed
	}
	for _, one := range who {
		if s.held[one]+n > s.free {
			return false, s.freed
		}
	}
	s.free -= n
	for _, one := range who {
		s.held[one] += n
	}
	return true, nil
}

// Wait takes n as soon as the holder may have them. It reports false if ctx ends
// before. A holder that waits should hold nothing: holders that wait for more could
// wait for each other.
func (s *Shares) Wait(ctx context.Context, who string, n int64) bool {
	return s.wait(ctx, []string{who}, n)
}

func (s *Shares) wait(ctx context.Context, who []string, n int64) bool {
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

// Give gives back n of the holder's.
func (s *Shares) Give(who string, n int64) { s.give([]string{who}, n) }

func (s *Shares) give(who []string, n int64) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	for _, one := range who {
		if s.held[one] -= n; s.held[one] == 0 {
			delete(s.held, one)
		}
	}
	close(s.freed)
	s.freed = make(chan struct{})
}

// Held returns how much is taken, by all holders together.
func (s *Shares) Held() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total - s.free
}
