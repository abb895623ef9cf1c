package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/runs"
)

// stopPatience is how long a call waits for a run that it stops. A pool that can stop
// code takes less.
const stopPatience = 10 * time.Second

type waitArgs struct {
	patience time.Duration
	stop     bool
}

func (t *Tools) waitForRun() server.ServerTool {
	return serverTool(t, definition[waitArgs]{
		name:  "wait_for_run",
		title: "Wait for a run",
		description: "Wait for code that run_python left running (\"Run 3 goes on\"), and get what is new of its output, or its end with the result. " +
			"With stop=true the code is stopped, and the answer says whether variables survived. Call it again while the run goes on; it does no harm to call it without one.",
		params: []parameter[waitArgs]{
			optionalSeconds("seconds", "Wait for at most this many seconds, such as 20. The answer comes sooner if the run ends. Default: "+prose.Span(t.answerWithin)+".",
				t.answerWithin, func(a *waitArgs) *time.Duration { return &a.patience }),
			{
				name:   "stop",
				schema: map[string]any{"type": "boolean", "description": "Stop the code now: it gets a KeyboardInterrupt, and is killed if it does not heed that. Default: false."},
				bind: func(a *waitArgs, value json.RawMessage) (err error) {
					a.stop, err = booleanValue("stop", value)
					return err
				},
			},
		},
		hints:    hints{destructive: true, openWorld: t.env.Network || t.env.reaches()},
		maxChars: 2 * t.maxText,
		activity: "running",
		run:      t.wait,
	})
}

// wait answers with what is new of the run that goes on.
func (t *Tools) wait(ctx context.Context, c call, args waitArgs) (*mcp.CallToolResult, error) {
	if c.retry != nil {
		return t.carryOn(ctx, c)
	}
	run := t.runs.Going(c.session)
	if run == nil {
		text := "Nothing runs, and the outcome of every run was told."
		for _, cut := range t.untold(c) {
			text += " " + cut
		}
		return nil, mistake.New(text + " Call run_python to run code.")
	}
	if args.stop {
		run.Stop()
		t.report(c, run)
		return t.await(ctx, c, run, stopPatience)
	}
	return t.follow(ctx, c, run, cmp.Or(args.patience, t.answerWithin))
}

// follow answers with what is new of a run that goes on, and asks the user what it wants to
// know.
func (t *Tools) follow(ctx context.Context, c call, run *runs.Run, patience time.Duration) (*mcp.CallToolResult, error) {
	t.report(c, run)
	c.asker = t.asker(ctx)
	defer c.asker.close()
	run.AskThrough(c.asker.questions())
	c.asker.resume(run)
	return t.await(ctx, c, run, patience)
}

// report has the progress of a call be that of a run.
func (t *Tools) report(c call, run *runs.Run) {
	run.Follow(c.progress.events())
	c.progress.since(run.Elapsed())
	if run.Limit < t.maxRun { // it was given
		c.progress.total(run.Limit)
	}
}
