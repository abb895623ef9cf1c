package egress

import (
	"context"
	"sync"
	"time"
)

const (
	// questionTime is how long a connection waits for the user's answer.
	questionTime = time.Minute
	// readTime is how long a question must have been before the user for its withdrawal to
	// count as no answer. Shorter ones are asked again.
	readTime = 20 * time.Second
	// maxQuestions is how often the user is asked for one session.
	maxQuestions = 8
	// maxHeld is how many connections of one session wait for answers.
	maxHeld = 16
)

// A Question is whether a session may connect with a host that the rules do not have.
// Its functions may be called concurrently, by anybody, at any time.
type Question struct {
	// Host is a name in small letters, digits, hyphens, underscores and dots.
	Host string
	Port uint16
	// Answer says what the user has decided. The first decision counts, also if it comes
	// after Done: then for the next connection.
	Answer func(allow bool)
	// Withdraw says that the user is asked no longer.
	Withdraw func()
	// Done is closed when no connection waits for an answer any more.
	Done <-chan struct{}
}

// Approvals are what the user has allowed one session beside the rules, what not, and what
// it was refused lately. They last as long as the session, whatever becomes of its interpreters. The zero value is a
// session whose user cannot be asked. The methods may be called concurrently.
type Approvals struct {
	mu    sync.Mutex
	ask   func(Question) bool // nil while nobody can be asked
	hosts map[endpoint]*request
	asked int
	held  int

	refused []string // what was refused, in words
}

type endpoint struct {
	host string
	port uint16
}

// A request is a question with what became of it, guarded by the lock of its Approvals.
type request struct {
	verdict verdict
	began   time.Time
	timer   *time.Timer
	done    chan struct{} // closed when the verdict is no longer open
}

// A verdict is what is known of a host that the rules do not have.
type verdict int

const (
	unasked    verdict = iota // nobody could be asked, or the question was withdrawn
	open                      // the user is being asked
	allowed                   // the user has allowed it
	declined                  // the user does not allow it
	unanswered                // the user did not answer
	exhausted                 // the user was asked often enough
)

// String is the verdict as the log has it.
func (v verdict) String() string {
	switch v {
	case allowed:
		return "allowed"
	case declined:
		return "declined"
	case unanswered:
		return "none"
	}
	return "withdrawn"
}

// AskThrough has questions of the session go to ask, until end is called. ask must not
// block; it reports whether the user is asked. Questions that are open stay so when it ends.
func (a *Approvals) AskThrough(ask func(Question) bool) (end func()) {
	a.setAsk(ask)
	return func() { a.setAsk(nil) }
}

func (a *Approvals) setAsk(ask func(Question) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ask = ask
}

// await returns what the user says about a host, whom it asks if nobody has. All who want
// the same wait for one answer. told is called with each verdict on a new question.
func (a *Approvals) await(ctx context.Context, at endpoint, told func(verdict)) verdict {
	if a == nil {
		return unasked
	}
	r, ask, known := a.find(at, told)
	if r == nil {
		return known
	}
	defer a.release()
	if ask != nil && !ask(a.question(at, r, told)) {
		a.forget(at, r)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return unasked
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return r.verdict
}

// find returns the request that waits for an answer about a host, with whom to ask if it is
// new; or what is known. release must be called for a request.
func (a *Approvals) find(at endpoint, told func(verdict)) (*request, func(Question) bool, verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.hosts[at]
	switch {
	case r != nil && r.verdict != open:
		return nil, nil, r.verdict
	case a.held >= maxHeld || r == nil && a.ask == nil:
		return nil, nil, unasked
	case r != nil:
		a.held++
		return r, nil, open
	case a.asked >= maxQuestions:
		return nil, nil, exhausted
	}
	r = &request{verdict: open, began: time.Now(), done: make(chan struct{})}
	r.timer = time.AfterFunc(questionTime, func() { a.decide(at, r, unanswered, told) })
	if a.hosts == nil {
		a.hosts = map[endpoint]*request{}
	}
	a.hosts[at] = r
	a.asked++
	a.held++
	return r, a.ask, open
}

func (a *Approvals) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held--
}

func (a *Approvals) question(at endpoint, r *request, told func(verdict)) Question {
	return Question{
		Host: at.host, Port: at.port, Done: r.done,
		Answer: func(allow bool) {
			v := declined
			if allow {
				v = allowed
			}
			a.decide(at, r, v, told)
		},
		Withdraw: func() {
			v := unasked
			if time.Since(r.began) >= readTime {
				v = unanswered
			}
			a.decide(at, r, v, told)
		},
	}
}

// decide ends a request, unless it has ended. What the user says late still counts.
func (a *Approvals) decide(at endpoint, r *request, v verdict, told func(verdict)) {
	a.mu.Lock()
	late := r.verdict == unanswered && (v == allowed || v == declined)
	if r.verdict != open && !late {
		a.mu.Unlock()
		return
	}
	r.verdict = v
	if v == unasked {
		delete(a.hosts, at)
	}
	if !late {
		r.timer.Stop()
		close(r.done)
	}
	a.mu.Unlock()
	told(v)
}

// forget ends a request that nobody was asked about.
func (a *Approvals) forget(at endpoint, r *request) {
	a.mu.Lock()
	a.asked--
	a.mu.Unlock()
	a.decide(at, r, unasked, func(verdict) {})
}
