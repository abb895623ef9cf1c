package runs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// program is code of a fake pool: it takes its time, writes a letter each second, and
// heeds Stop if it is kind.
type program struct {
	seconds  int
	kind     bool
	rollback *sessions.Rollback
}

func (p program) run(ctx context.Context, req sessions.Request) (*sessions.Execution, error) {
	x := &sessions.Execution{Status: sessions.Succeeded, Outputs: []sessions.Output{}, Rollback: p.rollback}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	stop := req.Stop
	if !p.kind {
		stop = nil
	}
	for i := range p.seconds {
		select {
		case <-tick.C:
			letter := string(rune('a' + i%26))
			req.Events(sessions.Event{Kind: sessions.EventStdout, Text: letter})
			x.Stdout += letter
		case <-stop:
			x.Status = sessions.Stopped
			return x, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		x.Outputs = []sessions.Output{{Source: sessions.SourceStdout, End: len(x.Stdout)}}
	}
	x.Text = "done"
	return x, nil
}

// inTime runs a test with a table over a pool of programs, each named by the code.
func inTime(t *testing.T, programs map[string]program, test func(*testing.T, *Table)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := New(Options{Pool: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
			return programs[req.Code].run(ctx, req)
		}}})
		defer table.Close()
		test(t, table)
	})
}

const id = sessions.ID("session")

func begin(t *testing.T, table *Table, code string) *Run {
	t.Helper()
	r, err := table.Begin(t.Context(), id, sessions.Request{Code: code, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func collect(t *testing.T, r *Run) *sessions.Execution {
	t.Helper()
	x, err := r.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestGoesOn: parts and the outcome of a long run follow each other.
func TestGoesOn(t *testing.T) {
	inTime(t, map[string]program{"long": {seconds: 10, kind: true}, "short": {seconds: 1, kind: true}}, func(t *testing.T, table *Table) {
		r := begin(t, table, "long")
		if r.Await(t.Context(), 3500*time.Millisecond, nil) {
			t.Fatal("it has ended")
		}
		if x := r.Part(); x.Stdout != "abc" || r.Elapsed() != 3500*time.Millisecond {
			t.Errorf("after %v: %+v", r.Elapsed(), x)
		}
		if x := r.Part(); x.Stdout != "" || len(x.Outputs) != 0 {
			t.Errorf("nothing is new: %+v", x)
		}
		_, err := table.Begin(t.Context(), id, sessions.Request{Code: "short"})
		if busy, ok := errors.AsType[*Busy](err); !ok || busy.Run != r || r.Tail() != "abc" {
			t.Errorf("a second run: %v", err)
		}
		if other, err := table.Begin(t.Context(), "another", sessions.Request{Code: "short"}); err != nil || !other.Await(t.Context(), time.Minute, nil) {
			t.Errorf("another session: %v", err)
		}
		same := table.Going(id)
		if same != r || !same.Await(t.Context(), time.Minute, nil) || r.Elapsed() != 10*time.Second {
			t.Errorf("it took %v", r.Elapsed())
		}
		x := collect(t, r)
		if x.Stdout != "defghij" || x.Text != "done" || !slices.Equal(x.Outputs, []sessions.Output{{Source: sessions.SourceStdout, End: 7}}) {
			t.Errorf("the rest: %+v", x)
		}
		if _, err := r.Collect(t.Context()); !errors.Is(err, ErrCollected) || table.Going(id) != nil {
			t.Errorf("a second time: %v, %v", err, table.Going(id))
		}
		if next := begin(t, table, "short"); next.Number != 2 || !next.Await(t.Context(), time.Minute, nil) {
			t.Errorf("run %d", next.Number)
		}
	})
}

// TestTurns: calls wait for each other as long as one waits for its run.
func TestTurns(t *testing.T) {
	inTime(t, map[string]program{"long": {seconds: 10, kind: true}, "short": {seconds: 2, kind: true}}, func(t *testing.T, table *Table) {
		first := begin(t, table, "short")
		second := make(chan *Run)
		go func() { second <- begin(t, table, "short") }()
		synctest.Wait()
		if !first.Await(t.Context(), time.Minute, nil) {
			t.Fatal("the first has not ended")
		}
		if r := <-second; r.Number != 2 || !r.Await(t.Context(), time.Minute, nil) {
			t.Errorf("run %d", r.Number)
		}
		long := begin(t, table, "long")
		refused := make(chan error)
		go func() {
			_, err := table.Begin(t.Context(), id, sessions.Request{Code: "short"})
			refused <- err
		}()
		synctest.Wait()
		if long.Await(t.Context(), time.Second/2, nil) {
			t.Fatal("it has ended")
		}
		if _, ok := errors.AsType[*Busy](<-refused); !ok {
			t.Error("a call waits for a run that goes on")
		}
	})
}

// TestStop: who stops a run gets what came of it.
func TestStop(t *testing.T) {
	inTime(t, map[string]program{"kind": {seconds: 100, kind: true}, "deaf": {seconds: 100, kind: false}}, func(t *testing.T, table *Table) {
		r := begin(t, table, "kind")
		r.Await(t.Context(), 2500*time.Millisecond, nil)
		r.Stop()
		r.Stop()
		if !r.Await(t.Context(), time.Minute, nil) || r.Elapsed() != 2500*time.Millisecond {
			t.Fatalf("not stopped after %v", r.Elapsed())
		}
		if x := collect(t, r); x.Status != sessions.Stopped || x.Stdout != "ab" {
			t.Errorf("%+v", x)
		}
		r = begin(t, table, "deaf")
		r.Stop()
		if !r.Await(t.Context(), time.Minute, nil) || r.Elapsed() != stopTime {
			t.Fatalf("given up after %v", r.Elapsed())
		}
		if _, err := r.Collect(t.Context()); !errors.Is(err, ErrNotStopped) {
			t.Errorf("a pool that cannot stop code: %v", err)
		}
	})
}

// TestCancel: a call that is cancelled stops its run, and the next answer tells.
func TestCancel(t *testing.T) {
	inTime(t, map[string]program{"long": {seconds: 100, kind: true}, "short": {seconds: 1, kind: true}}, func(t *testing.T, table *Table) {
		for _, waiting := range []bool{false, true} {
			r := begin(t, table, "long")
			if waiting && r.Await(t.Context(), time.Second/2, nil) {
				t.Fatal("it has ended")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			if r.Await(ctx, time.Minute, nil) || ctx.Err() == nil {
				t.Fatal("not cancelled")
			}
			cancel()
			next := begin(t, table, "short")
			cuts := table.TakeCuts(id)
			if len(cuts) != 1 {
				t.Fatalf("waiting %t: %d", waiting, len(cuts))
			}
			cut := cuts[0]
			if cut.Ended || cut.Number != r.Number || cut.After.Truncate(time.Second) != 3*time.Second || !strings.HasPrefix("abc", cut.Tail) {
				t.Errorf("waiting %t: %+v", waiting, cut)
			}
			if table.TakeCuts(id) != nil || !next.Await(t.Context(), time.Minute, nil) {
				t.Error("told twice, or nothing runs")
			}
			collect(t, next)
		}
	})
}

// TestCancelTurn: a call that is cancelled while it waits for the run of another leaves
// that alone, and begins nothing.
func TestCancelTurn(t *testing.T) {
	inTime(t, map[string]program{"long": {seconds: 10, kind: true}, "short": {seconds: 1, kind: true}}, func(t *testing.T, table *Table) {
		first := begin(t, table, "long")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := table.Begin(ctx, id, sessions.Request{Code: "short"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call that gave up: %v", err)
		}
		if !first.Await(t.Context(), time.Minute, nil) || first.Elapsed() != 10*time.Second {
			t.Errorf("the run of the other took %v", first.Elapsed())
		}
		if x := collect(t, first); x.Status != sessions.Succeeded || table.TakeCuts(id) != nil {
			t.Errorf("it was stopped: %+v", x)
		}
		if next := begin(t, table, "short"); next.Number != 2 {
			t.Errorf("run %d", next.Number)
		}
	})
}

// TestKept: an outcome that nobody collects is kept for a while, and until another run
// goes on.
func TestKept(t *testing.T) {
	inTime(t, map[string]program{"short": {seconds: 2, kind: true}}, func(t *testing.T, table *Table) {
		leave := func() *Run {
			r := begin(t, table, "short")
			r.Await(t.Context(), time.Second/2, nil)
			<-r.done
			return r
		}
		r := leave()
		time.Sleep(keepTime - time.Minute)
		if table.Going(id) != r || !r.Ended() {
			t.Error("not kept")
		}
		time.Sleep(2 * time.Minute)
		if table.Going(id) != nil {
			t.Error("kept for too long")
		}
		first := leave()
		second := leave()
		if _, err := first.Collect(t.Context()); !errors.Is(err, ErrCollected) || table.Going(id) != second {
			t.Errorf("kept beside a later one: %v", err)
		}
		collect(t, second)
	})
}

// TestClose: the end of the table stops all runs.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := New(Options{Pool: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
			return program{seconds: 100, kind: false}.run(ctx, req)
		}}})
		r := begin(t, table, "")
		r.Await(t.Context(), time.Second, nil)
		table.Close()
		if !r.Ended() || r.Elapsed() != time.Second {
			t.Errorf("ended: %t after %v", r.Ended(), r.Elapsed())
		}
	})
}

// TestHold: a run holds its conversation until it has ended.
func TestHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conversation, end := context.WithCancel(t.Context())
		held := 0
		table := New(Options{
			Pool: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
				return program{seconds: 10, kind: true}.run(ctx, req)
			}},
			Hold: func(context.Context) (context.Context, func(), error) {
				held++
				return conversation, func() { held-- }, nil
			},
		})
		defer table.Close()
		call, cancel := context.WithCancel(t.Context())
		r, err := table.Begin(call, id, sessions.Request{})
		if err != nil || r.Await(call, time.Second, nil) {
			t.Fatal(err)
		}
		cancel() // the call has answered
		time.Sleep(time.Second)
		if held != 1 || r.Ended() {
			t.Errorf("held %d times, ended %t", held, r.Ended())
		}
		end()
		synctest.Wait()
		if held != 0 || !r.Ended() {
			t.Errorf("held %d times, ended %t, when the conversation has", held, r.Ended())
		}
	})
}

// TestUncollected: what came of the interpreter in a run whose end no call has asked for is
// told by the next, once.
func TestUncollected(t *testing.T) {
	inTime(t, map[string]program{"long": {seconds: 10, rollback: &sessions.Rollback{Runs: 2}}, "short": {seconds: 1}}, func(t *testing.T, table *Table) {
		r := begin(t, table, "long")
		if r.Await(t.Context(), 5*time.Second, nil) {
			t.Fatal("it ended too soon")
		}
		time.Sleep(6 * time.Second)
		for range 2 {
			next := begin(t, table, "short")
			cuts := table.TakeCuts(id)
			if next.Number == 2 && (len(cuts) != 1 || cuts[0].Number != 1 || !cuts[0].Ended || cuts[0].Outcome.Rollback.Runs != 2) || next.Number > 2 && cuts != nil {
				t.Errorf("before run %d: %+v", next.Number, cuts)
			}
			if !next.Await(t.Context(), time.Minute, nil) {
				t.Fatal("it did not end")
			}
			collect(t, next)
		}
	})
}
