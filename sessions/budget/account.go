package budget

import (
	"context"
	"slices"
	"sync"
	"time"
)

// patience is how long an answer that has some waits for more, once. It is
// shorter than the time that code has to heed an interrupt, so that nothing is
// killed for what others keep.
const patience = time.Second

// An Account is what one answer holds. It belongs to one or more holders, each
// of whom must be entitled to what it takes: the user, and the session. The
// methods may be called concurrently. A nil Account is one without bounds.
type Account struct {
	of *Shares

	mu     sync.Mutex
	who    []string
	begun  bool // something was asked for: nobody joins any more
	held   int64
	most   int64 // that was held at a time
	short  bool  // it has waited in vain
	closed bool
}

// Open returns an account that holds nothing, which must be closed.
func (s *Shares) Open(who ...string) *Account { return &Account{of: s, who: slices.Clone(who)} }

// Join adds a holder, as long as nothing was asked for.
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

// Take takes n more. Where there is no room it waits a moment for others, but
// only once in the life of the account: nothing waits for long with something in
// its hands. It reports false if there is no room.
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

// Wait takes n as soon as there is room. It reports false if ctx ends before. An
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

// add notes that n were taken for the holders.
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

// Give gives n of what was taken back.
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

// Keep gives all but n back.
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

// Close gives everything back. Nothing can be taken any more.
func (a *Account) Close() {
	if a == nil {
		return
	}
	a.mu.Lock()
	a.of.give(a.who, a.held)
	large := a.most >= largeAnswer && !a.closed
	a.held, a.closed = 0, true
	a.mu.Unlock()
	if large {
		a.of.memory.want()
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
