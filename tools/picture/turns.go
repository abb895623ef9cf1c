package picture

import (
	"context"
	"slices"
	"sync"
)

// turns divide a few places among users. A user may have all of them but one,
// so that one place is left to others. A free place goes to the user whose last
// turn was the longest ago: a user who asks for many places waits behind each user
// who asks for one. The methods may be called concurrently.
type turns struct {
	most int // places that one user may have

	mu      sync.Mutex
	free    int
	held    map[string]int
	waiting []*turnWaiter
	last    map[string]int // when users that hold or wait last got a place
	now     int
}

type turnWaiter struct {
	user  string
	taken chan struct{} // closed when the waiter has a place
}

func newTurns(places int) *turns {
	return &turns{most: max(1, places-1), free: places, held: map[string]int{}, last: map[string]int{}}
}

// enter waits for a place. The caller must call leave, unless there is an error,
// which is that of ctx.
func (t *turns) enter(ctx context.Context, user string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &turnWaiter{user: user, taken: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	t.serve()
	t.mu.Unlock()
	select {
	case <-w.taken:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting, w); i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	} else {
		t.give(user)
	}
	t.forget(user)
	return ctx.Err()
}

// leave returns a place of the user.
func (t *turns) leave(user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.give(user)
	t.forget(user)
}

// give returns a place and passes it on; t.mu is held.
func (t *turns) give(user string) {
	t.free++
	if t.held[user]--; t.held[user] == 0 {
		delete(t.held, user)
	}
	t.serve()
}

// serve gives free places to those who wait; t.mu is held.
func (t *turns) serve() {
	for t.free > 0 {
		next := -1
		for i, w := range t.waiting {
			if t.held[w.user] < t.most && (next < 0 || t.last[w.user] < t.last[t.waiting[next].user]) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.free--
		t.held[w.user]++
		t.now++
		t.last[w.user] = t.now
		close(w.taken)
	}
}

// forget drops what is known of a user that neither has nor wants a place; t.mu
// is held.
func (t *turns) forget(user string) {
	if t.held[user] == 0 && !slices.ContainsFunc(t.waiting, func(w *turnWaiter) bool { return w.user == user }) {
		delete(t.last, user)
	}
}
