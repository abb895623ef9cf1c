package egress

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A user is asked, and keeps the questions.
type user struct {
	mu    sync.Mutex
	asked []Question
}

func (u *user) ask(q Question) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, q)
	return true
}

func (u *user) last() Question {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked[len(u.asked)-1]
}

func silent(verdict) {}

// TestAskedOnce: all connections with a host wait for one answer, which holds for later
// ones, and for this host and port alone.
func TestAskedOnce(t *testing.T) {
	t.Parallel()
	for _, allow := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var a Approvals
			var u user
			defer a.AskThrough(u.ask)()
			want := declined
			if allow {
				want = allowed
			}
			at := endpoint{"a.example", 443}
			var told []verdict
			tell := func(v verdict) { told = append(told, v) }
			got := make(chan verdict, 3)
			for range 3 {
				go func() { got <- a.await(t.Context(), at, tell) }()
			}
			synctest.Wait()
			if len(u.asked) != 1 || u.asked[0].Host != "a.example" || u.asked[0].Port != 443 {
				t.Fatalf("asked %+v", u.asked)
			}
			time.Sleep(59 * time.Second)
			u.asked[0].Answer(allow)
			u.asked[0].Answer(!allow)
			u.asked[0].Withdraw()
			for range 3 {
				if v := <-got; v != want {
					t.Errorf("%v, want %v", v, want)
				}
			}
			if v := a.await(t.Context(), at, tell); v != want || len(u.asked) != 1 || !slices.Equal(told, []verdict{want}) {
				t.Errorf("later: %v, asked %d times, told %v", v, len(u.asked), told)
			}
			go func() { got <- a.await(t.Context(), endpoint{"a.example", 8443}, silent) }()
			synctest.Wait()
			if len(u.asked) != 2 {
				t.Errorf("another port: asked %d times", len(u.asked))
			}
			u.asked[1].Answer(true)
			<-got
		})
	}
}

// TestNoAnswer: a connection waits a minute. The user is not asked again, but a late answer
// counts for later connections.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var a Approvals
		var u user
		defer a.AskThrough(u.ask)()
		at, began := endpoint{"a.example", 443}, time.Now()
		if v := a.await(t.Context(), at, silent); v != unanswered || time.Since(began) != questionTime {
			t.Errorf("%v after %v", v, time.Since(began))
		}
		select {
		case <-u.asked[0].Done:
		default:
			t.Error("the question is not over")
		}
		if v := a.await(t.Context(), at, silent); v != unanswered || len(u.asked) != 1 {
			t.Errorf("again: %v, asked %d times", v, len(u.asked))
		}
		u.asked[0].Answer(true)
		u.asked[0].Answer(false)
		if v := a.await(t.Context(), at, silent); v != allowed || len(u.asked) != 1 {
			t.Errorf("a late answer: %v, asked %d times", v, len(u.asked))
		}
	})
}

// TestWithdrawn: a question that the user had no time for is asked again, one that he had
// time for is not.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var a Approvals
		var u user
		defer a.AskThrough(u.ask)()
		for _, tt := range []struct {
			after time.Duration
			want  verdict
			asked int
		}{{readTime - 1, unasked, 1}, {readTime, unanswered, 2}, {0, unanswered, 2}} {
			time.AfterFunc(tt.after, func() { u.last().Withdraw() })
			if v := a.await(t.Context(), endpoint{"a.example", 443}, silent); v != tt.want || len(u.asked) != tt.asked {
				t.Errorf("after %v: %v, asked %d times", tt.after, v, len(u.asked))
			}
			synctest.Wait()
		}
	})
}

// TestNobodyToAsk: what nobody can be asked about is refused at once and costs no question,
// and is asked about when somebody can be.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var a Approvals
		at := endpoint{"a.example", 443}
		for range 3 * maxQuestions {
			if v := a.await(t.Context(), at, silent); v != unasked {
				t.Errorf("before: %v", v)
			}
		}
		end := a.AskThrough(func(Question) bool { return false })
		for range 3 * maxQuestions {
			if v := a.await(t.Context(), at, silent); v != unasked {
				t.Errorf("nobody: %v", v)
			}
		}
		end()
		end = a.AskThrough(func(q Question) bool { q.Answer(true); return true })
		if v := a.await(t.Context(), at, silent); v != allowed {
			t.Errorf("somebody: %v", v)
		}
		end()
		if v := a.await(t.Context(), at, silent); v != allowed {
			t.Errorf("between runs: %v", v)
		}
		if v := (*Approvals)(nil).await(t.Context(), at, silent); v != unasked {
			t.Errorf("no session: %v", v)
		}
	})
}

// TestQuestionsBounded: neither the questions of a session nor the connections that wait
// for answers are without end.
func TestQuestionsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var a Approvals
		var u user
		defer a.AskThrough(u.ask)()
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan verdict, maxHeld)
		for range maxHeld {
			go func() { got <- a.await(ctx, endpoint{"a.example", 443}, silent) }()
		}
		synctest.Wait()
		for _, host := range []string{"a.example", "b.example"} {
			if v := a.await(ctx, endpoint{host, 443}, silent); v != unasked {
				t.Errorf("%s, with %d connections that wait: %v", host, maxHeld, v)
			}
		}
		cancel()
		for range maxHeld {
			if v := <-got; v != unasked {
				t.Errorf("a connection that ended: %v", v)
			}
		}
		for port := range uint16(maxQuestions - 1) {
			if v := a.await(t.Context(), endpoint{"c.example", port + 1}, silent); v != unanswered {
				t.Errorf("port %d: %v", port+1, v)
			}
		}
		if v := a.await(t.Context(), endpoint{"d.example", 443}, silent); v != exhausted || len(u.asked) != maxQuestions {
			t.Errorf("%v after %d questions", v, len(u.asked))
		}
	})
}
