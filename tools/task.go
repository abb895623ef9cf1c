package tools

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/runs"
)

// A Task is a call whose client does not wait for the answer but asks how it stands.
// run_python answers such a call when its code has ended, however long that takes, with
// all that the code wrote. The code is a run like any other: wait_for_run finds it.
//
// The methods may be called concurrently.
type Task struct {
	// GoesOn, if set, is called at most once, when the code has run for as long as a
	// call waits for it, and goes on.
	GoesOn func()

	mu      sync.Mutex
	run     *runs.Run
	session sessions.ID
	waits   string // what the call waits for before its run begins
}

type taskKey struct{}

// WithTask returns a context for a call that is a task.
func WithTask(ctx context.Context, task *Task) context.Context {
	return context.WithValue(ctx, taskKey{}, task)
}

// taskOf returns the task that a call is, nil if it is none.
func taskOf(ctx context.Context) *Task {
	task, _ := ctx.Value(taskKey{}).(*Task)
	return task
}

// Session returns the session whose code runs, "" before that begins.
func (t *Task) Session() sessions.ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.session
}

// Status says in a line how the run stands: its number, how long it has taken, and what
// it last wrote or waits for. Before the run begins, it is what the call waits for, or "".
func (t *Task) Status() string {
	t.mu.Lock()
	run, waits := t.run, t.waits
	t.mu.Unlock()
	switch {
	case run == nil && waits == "":
		return ""
	case run == nil:
		return "Not begun: " + prose.Line(waits, 150)
	}
	elapsed := prose.Span(run.Elapsed().Truncate(time.Second))
	if run.Ended() {
		return fmt.Sprintf("Run %d ended after %s", run.Number, elapsed)
	}
	if what := run.Waiting(); what != "" {
		return fmt.Sprintf("Run %d has not begun (%s): %s", run.Number, elapsed, prose.Line(what, 150))
	}
	text := fmt.Sprintf("Run %d, running %s", run.Number, elapsed)
	if line := lastLine(run.Tail()); line != "" {
		text += ": " + line
	}
	return text
}

// listensTo returns events for the call, from which the task learns what it waits for; they
// are those given if the call is no task.
func (t *Task) listensTo(events func(sessions.Event)) func(sessions.Event) {
	if t == nil {
		return events
	}
	return func(e sessions.Event) {
		if e.Kind == sessions.EventWaiting {
			t.mu.Lock()
			t.waits = e.Text
			t.mu.Unlock()
		}
		if events != nil {
			events(e)
		}
	}
}

// begins tells which run the task is; nothing if the call is no task.
func (t *Task) begins(ctx context.Context, run *runs.Run, session sessions.ID) {
	if t != nil {
		run.Show(ctx)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.run, t.session = run, session
	}
}

// outlast waits for the end of a run that goes on as a task, or until it has a question
// that the call must be answered with. It reports whether the run has ended.
func (t *Tools) outlast(ctx context.Context, c call, task *Task, run *runs.Run) bool {
	if ctx.Err() != nil {
		return false
	}
	if task.GoesOn != nil {
		task.GoesOn()
	}
	run.Follow(c.progress.events())
	return run.Await(ctx, math.MaxInt64, c.asker.answerEarly())
}
