package runs

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// question is one that notes its answers.
func question(host string, done <-chan struct{}, answers *[]bool) sessions.Question {
	return sessions.Question{Host: host, Port: 443, Done: done, Answer: func(allow bool) { *answers = append(*answers, allow) }, Withdraw: func() {}}
}

// TestQuestions: a run asks the call that waits, and nobody when none does. A call that is
// answered with questions leaves them for the next, and further ones join them.
func TestQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ask func(sessions.Question) bool
		end := make(chan struct{})
		table := New(Options{Pool: &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
			ask = req.Ask
			<-end
			return &sessions.Execution{}, nil
		}}})
		defer table.Close()
		var asked []string
		early := make(chan struct{})
		run, err := table.Begin(t.Context(), sessions.NewID(), sessions.Request{Code: "x", Ask: func(q sessions.Question) bool {
			asked = append(asked, q.Host)
			return true
		}})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var answers []bool
		if !ask(question("a.example", nil, &answers)) || !slices.Equal(asked, []string{"a.example"}) {
			t.Errorf("asked %q", asked)
		}
		close(early)
		if began := time.Now(); run.Await(t.Context(), time.Minute, early) || time.Since(began) != 0 {
			t.Error("the call was not answered early")
		}
		if !ask(question("b.example", nil, &answers)) || len(asked) != 2 {
			t.Errorf("after an early answer: asked %q", asked)
		}
		if run.Await(t.Context(), time.Second, nil) || ask(question("b.example", nil, &answers)) {
			t.Error("nobody waits, and somebody was asked")
		}
		over := make(chan struct{})
		run.Park(map[string]sessions.Question{"one": run.noting(question("c.example", over, &answers))})
		run.AskThrough(run.ParkMore)
		if !ask(question("d.example", nil, &answers)) || len(run.Parked()) != 2 {
			t.Errorf("parked are %+v", run.Parked())
		}
		close(over)
		if parked := run.Parked(); len(parked) != 1 || parked["one"].Host != "" {
			t.Errorf("when one is over: %+v", parked)
		}
		q, ok := run.Unpark("one")
		if !ok || q.Host != "c.example" {
			t.Fatalf("%+v, %v", q, ok)
		}
		q.Answer(true)
		q.Answer(false)
		if _, again := run.Unpark("one"); again {
			t.Error("a question is kept that was taken")
		}
		if got, want := run.Decisions(), []Decision{{Host: "c.example", Port: 443, Answered: true, Allowed: true}}; !slices.Equal(got, want) || len(run.Decisions()) != 0 {
			t.Errorf("decisions %+v", got)
		}
		if !slices.Equal(answers, []bool{true, false}) {
			t.Errorf("answers %v", answers)
		}
		close(end)
		run.Await(t.Context(), time.Minute, nil)
		run.noting(question("e.example", nil, &answers)).Answer(true)
		if got := run.Decisions(); len(got) != 1 || !got[0].Late {
			t.Errorf("late: %+v", got)
		}
	})
}
