package runs

import (
	"crypto/rand"
	"maps"
	"sync"

	"dynamic-sessions-mcp/sessions"
)

// questions are what a run wants to be asked of the user.
type questions struct {
	mu        sync.Mutex
	ask       func(sessions.Question) bool // of the call that waits; nil if none does, or it can ask nobody
	parked    map[string]sessions.Question // asked by calls that were answered with them
	decisions []Decision                   // not told yet
}

// A Decision is what a user has said of a host that code wanted to connect with.
type Decision struct {
	Host string
	Port uint16
	// Answered says that the user answered, and Allowed how.
	Answered, Allowed bool
	// Late says that the code had ended by then.
	Late bool
}

// AskThrough has ask be asked from now on what the run wants to know of the user, until
// the call that waits has answered. Nil can ask nobody.
func (r *Run) AskThrough(ask func(sessions.Question) bool) {
	r.questions.mu.Lock()
	defer r.questions.mu.Unlock()
	r.questions.ask = ask
}

// ask passes a question on to the call that waits.
func (r *Run) ask(q sessions.Question) bool {
	r.questions.mu.Lock()
	ask := r.questions.ask
	r.questions.mu.Unlock()
	return ask != nil && ask(r.noting(q))
}

// noting returns a question whose first answer is noted, or that there was none.
func (r *Run) noting(q sessions.Question) sessions.Question {
	var once sync.Once
	note := func(answered, allowed bool) {
		once.Do(func() {
			d := Decision{Host: q.Host, Port: q.Port, Answered: answered, Allowed: allowed, Late: r.Ended()}
			r.questions.mu.Lock()
			defer r.questions.mu.Unlock()
			r.questions.decisions = append(r.questions.decisions, d)
		})
	}
	answer, withdraw := q.Answer, q.Withdraw
	q.Answer = func(allow bool) {
		note(true, allow)
		answer(allow)
	}
	q.Withdraw = func() {
		note(false, false)
		withdraw()
	}
	return q
}

// Decisions returns what was decided since it was called last.
func (r *Run) Decisions() []Decision {
	r.questions.mu.Lock()
	defer r.questions.mu.Unlock()
	decisions := r.questions.decisions
	r.questions.decisions = nil
	return decisions
}

// Park keeps questions that a call was answered with, by names that nobody can guess, for
// the call that has the answers.
func (r *Run) Park(asked map[string]sessions.Question) {
	r.questions.mu.Lock()
	defer r.questions.mu.Unlock()
	if r.questions.parked == nil {
		r.questions.parked = map[string]sessions.Question{}
	}
	maps.Copy(r.questions.parked, asked)
}

// ParkMore keeps further questions beside those that are kept, as long as something waits
// for one of these; it is for [Run.AskThrough] until the call comes that has the answers.
func (r *Run) ParkMore(q sessions.Question) bool {
	if len(r.Parked()) == 0 {
		return false
	}
	r.Park(map[string]sessions.Question{rand.Text(): q})
	return true
}

// Parked returns the questions that are kept and that something still waits for.
func (r *Run) Parked() map[string]sessions.Question {
	r.questions.mu.Lock()
	defer r.questions.mu.Unlock()
	waiting := map[string]sessions.Question{}
	for name, q := range r.questions.parked {
		if !over(q) {
			waiting[name] = q
		}
	}
	return waiting
}

// Unpark returns a question, which is kept no longer. ok is false if there is none of this
// name.
func (r *Run) Unpark(name string) (q sessions.Question, ok bool) {
	r.questions.mu.Lock()
	defer r.questions.mu.Unlock()
	q, ok = r.questions.parked[name]
	delete(r.questions.parked, name)
	return q, ok
}

func over(q sessions.Question) bool {
	select {
	case <-q.Done:
		return true
	default:
		return false
	}
}
