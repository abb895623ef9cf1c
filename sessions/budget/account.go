package budget

import (
	"context"
	"slices"
	"sync"
	"time"
)

// patience is how long an account that holds something waits for more, once. It is
// shorter than the time that code has to respond to an interrupt, so that no code
// is killed because others hold memory.
const patience = time.Second

// An Account is what one answer holds. It belongs to one or more holders, such as
// the user and the session, each of which must be entitled to what it takes. The
// methods may be called concurrently. A nil Account is one without bounds.
type Account struct {
	of *Shares

	mu     sync.Mutex
	who    []string
	begun  bool // something was asked for: no holder can join
	held   int64
	most   int64      // the most that was held at a time
	others []*Account // closed with this one
	short  bool       // it waited in vain
	closed bool
}

// Open returns an account of who that holds nothing. The caller must close it.
func (s *Shares) Open(who ...string) *Account { return &Account{of: s, who: slices.Clone(who)} }

// Join adds a holder, unless something was asked for already.
func (a *Account) Join(who string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.begun && !slices.Contains(a.who, who) {
		a.who = append(a.who, who)
	}
}

// Take takes n more, and reports false if there is not enough left. Before that it
// waits a moment for others to give something back, but only once in the life of
// the account: nothing that holds something waits for long.
func (a *Account) Take(n int64) bool {
	if a == nil || n <= 0 {
		return true
	}
	who, short := a.holders()
	if ok, _ := a.of.try(who, n); ok {
		return a.add(who, n)
	}
	if short {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if !a.of.wait(ctx, who, n) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.short = true
		return false
	}
	return a.add(who, n)
}

// Wait takes n as soon as there is enough. It reports false if ctx ends before. An
// account that waits must hold nothing.
func (a *Account) Wait(ctx context.Context, n int64) bool {
	if a == nil || n <= 0 {
		return true
	}
	who, _ := a.holders()
	return a.of.wait(ctx, who, n) && a.add(who, n)
}

func (a *Account) holders() (who []string, short bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begun = true
	return a.who, a.short || a.closed
}

// add records that n were taken for the holders.
func (a *Account) add(who []string, n int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		a.of.give(who, n)
		return false
	}
	a.held += n
	a.most = max(a.most, a.held)
	return true
}

// Give gives back n of what was taken.
func (a *Account) Give(n int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n = min(n, a.held)
	a.held -= n
	a.of.give(a.who, n)
}

// Keep gives back all but n.
func (a *Account) Keep(n int64) {
	if a == nil {
		return
	}
	a.Give(max(0, a.Held()-n))
}

// Held returns how much was taken.
func (a *Account) Held() int64 {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held
}

// Close gives back everything. Nothing can be taken afterwards.
func (a *Account) Close() {
	if a == nil {
		return
	}
	a.mu.Lock()
	a.of.give(a.who, a.held)
	large := a.most >= largeAnswer && !a.closed
	a.held, a.closed = 0, true
	others := a.others
	a.others = nil
	a.mu.Unlock()
	for _, other := range others {
		other.Close()
	}
	if large {
		a.of.memory.want()
	}
}

// Fork returns another account of the same holders, which the caller must close.
func (a *Account) Fork() *Account {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.of.Open(a.who...)
}

// CloseWith has another account closed when this one is.
func (a *Account) CloseWith(other *Account) {
	if a == nil {
		other.Close()
		return
	}
	a.mu.Lock()
	closed := a.closed
	if !closed {
		a.others = append(a.others, other)
	}
	a.mu.Unlock()
	if closed {
		other.Close()
	}
}

type accountKey struct{}

// WithAccount returns a context whose calls take from an account.
func WithAccount(ctx context.Context, a *Account) context.Context {
	return context.WithValue(ctx, accountKey{}, a)
}

// FromContext returns the account of a context, nil if it has none.
func FromContext(ctx context.Context) *Account {
	a, _ := ctx.Value(accountKey{}).(*Account)
	return a
}
