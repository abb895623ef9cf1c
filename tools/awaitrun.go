package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/runs"
)

// refusalTime is how long code has to end that was refused what it had asked for.
const refusalTime = time.Second

// takeTurn waits until the code of earlier calls has begun, where their order matters.
func (t *Tools) takeTurn(ctx context.Context, events func(sessions.Event)) error {
	if t.turn == nil {
		return nil
	}
	return t.turn(ctx, events)
}

// await answers with what comes of a run, or with what there is of it if it goes on, or
// with a question that it has for the user.
func (t *Tools) await(ctx context.Context, c call, run *runs.Run, patience time.Duration) (*mcp.CallToolResult, error) {
	late := time.Now().Add(patience)
	ended := run.Await(ctx, patience, c.asker.answerEarly())
	if task := taskOf(ctx); task != nil && !ended && !c.asker.hasToAnswer() {
		ended = t.outlast(ctx, c, task, run)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if asks := t.inputRequired(c, run); asks != nil {
		return asks, nil
	}
	if ended {
		c.asker.awaitAnswers(time.Until(late))
	}
	if c.asker.close() && !ended {
		ended = run.Await(ctx, refusalTime, nil) // the code was just told no
	}
	report := render.Report{Session: c.session, Limit: run.Limit, MaxRun: t.maxRun, Link: c.link, First: append(t.untold(c), decided(run)...)}
	if !ended {
		report.Run, report.GoesOn = run.Part(), goesOn(run)
		return t.renderer.Execution(ctx, report), nil
	}
	collect := run.Collect
	if taskOf(ctx) != nil {
		collect = run.Whole
	}
	x, err := collect(ctx)
	switch {
	case errors.Is(err, runs.ErrCollected):
		return nil, mistake.Errorf("Run %d has ended, and another call was told how.", run.Number)
	case errors.Is(err, runs.ErrNotStopped):
		return nil, mistake.Errorf("Run %d could not be stopped: the pool has no way to stop code. It may go on until its time is up, and code that runs meanwhile waits for it.", run.Number)
	case errors.Is(err, runs.ErrNotBegun):
		return nil, mistake.Errorf("Run %d was stopped before its code began.", run.Number)
	case err != nil:
		return nil, err
	}
	report.First = append(report.First, refused(x)...)
	report.Run, report.NoCode, report.Delivered = x, run.NoCode, t.deliver(ctx, c)
	return t.renderer.Execution(ctx, report), nil
}

const meanwhile = "The file tools work meanwhile; run_python does when it has ended."

// goesOn says that a run goes on, and what the model can do.
func goesOn(run *runs.Run) string {
	elapsed := prose.Span(run.Elapsed().Truncate(time.Second))
	if what := run.Waiting(); what != "" {
		return fmt.Sprintf("Run %d has not begun (%s): %s. It begins by itself. Call wait_for_run to wait for it, or with stop=true to give it up.", run.Number, elapsed, prose.Line(what, 150))
	}
	if run.Silent() {
		return fmt.Sprintf("Run %d goes on (%s). This pool tells what code writes and shows only when it has ended. "+
			"Call wait_for_run to wait for that, or with stop=true to stop the code. "+meanwhile, run.Number, elapsed)
	}
	return fmt.Sprintf("Run %d goes on (%s). Call wait_for_run to wait for the rest, or with stop=true to stop it. "+meanwhile, run.Number, elapsed)
}

// untold tells of runs that were stopped because their calls were cancelled, and of what
// became of the interpreter in those whose end no call has asked for.
func (t *Tools) untold(c call) (sentences []string) {
	for _, cut := range t.runs.TakeCuts(c.session) {
		after := prose.Span(cut.After.Truncate(time.Second))
		text := fmt.Sprintf("Run %d was stopped after %s, because its call was cancelled.", cut.Number, after)
		if cut.Ended {
			text = fmt.Sprintf("Run %d, whose end no call has asked for, ended after %s.", cut.Number, after)
		}
		if what := notices.Interpreter(cut.Outcome); what != "" {
			text += " " + what
		}
		if line := lastLine(cut.Tail); line != "" {
			text += " The last that it wrote: " + line
		}
		sentences = append(sentences, text)
	}
	return sentences
}

// busy explains why code was not run, or the interpreter was not restarted.
func busy(err error, restart bool) error {
	goes, ok := errors.AsType[*runs.Busy](err)
	if !ok {
		return err
	}
	what, then := "run", "run this code"
	if restart {
		what, then = "restarted", "restart"
	}
	elapsed := prose.Span(goes.Run.Elapsed().Truncate(time.Second))
	if stage := goes.Run.Waiting(); stage != "" {
		return mistake.Errorf("Not %s: run %d has not begun (%s): %s.\nCall wait_for_run to wait for it, or with stop=true to give it up; then %s.", what, goes.Run.Number, elapsed, prose.Line(stage, 150), then)
	}
	text := fmt.Sprintf("Not %s: run %d goes on since %s", what, goes.Run.Number, elapsed)
	if line := lastLine(goes.Run.Tail()); line != "" {
		text += "; the last that it wrote: " + line
	}
	return mistake.New(text + "\nCall wait_for_run to wait for it, or with stop=true to stop it; then " + then + ". The file tools work meanwhile.")
}
