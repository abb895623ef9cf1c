package tools

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
)

// maxCode is how much source one call may hold, in bytes.
const maxCode = 1 << 20

type runPythonArgs struct {
	code    *string
	restart bool
	timeout time.Duration
}

func (t *Tools) runPython() server.ServerTool {
	return serverTool(t, definition[runPythonArgs]{
		name:                     "run_python",
		title:                    "Run Python",
		description:              t.runPythonDescription(false),
		sessionHandleDescription: t.runPythonDescription(true),
		params: []parameter[runPythonArgs]{
			optionalText("code", "Python source code, such as \"import math\\nmath.sqrt(2)\". The value of the last expression is the result. Required, except with restart.",
				func(a *runPythonArgs) **string { return &a.code }),
			optionalFlag("restart", "Start over: run the code in a new interpreter, without variables and imports. Files are kept. Default: false.",
				func(a *runPythonArgs) *bool { return &a.restart }),
			t.timeoutParameter(),
		},
		hints:    hints{destructive: true, openWorld: t.env.Network || t.env.reaches()},
		maxChars: 2 * t.maxText,
		activity: "running",
		run:      t.execute,
	})
}

func (t *Tools) timeoutParameter() parameter[runPythonArgs] {
	return optionalSeconds("timeout_seconds", "Stop the code after this many seconds, such as 120. Omit it unless code that takes longer must be stopped.",
		t.maxRun, func(a *runPythonArgs) *time.Duration { return &a.timeout })
}

func (t *Tools) execute(ctx context.Context, c call, args runPythonArgs) (*mcp.CallToolResult, error) {
	code, err := t.source(args)
	if err != nil {
		return nil, err
	}
	if c.retry != nil {
		return t.carryOn(ctx, c)
	}
	events := taskOf(ctx).listensTo(c.progress.events())
	if err := t.takeTurn(ctx, events); err != nil {
		return nil, err
	}
	limit := cmp.Or(args.timeout, t.maxRun)
	c.asker = t.asker(ctx)
	defer c.asker.close()
	t.makeOut(ctx, c.session)
	t.placeCopy(ctx, c.session, code)
	run, err := t.runs.Begin(ctx, c.session, sessions.Request{Code: code, Restart: args.restart, Timeout: limit, Events: events, Ask: c.asker.questions()})
	if err != nil {
		return nil, busy(err, args.restart)
	}
	taskOf(ctx).begins(ctx, run, c.session)
	c.progress.total(args.timeout)
	return t.await(ctx, c, run, t.answerWithin)
}

// source is the code to run: without a Markdown fence, and fit to be run. It may be empty
// only if the interpreter is to be restarted.
func (t *Tools) source(args runPythonArgs) (string, error) {
	if args.code == nil {
		if args.restart {
			return "", nil
		}
		return "", mistake.Errorf("The argument code is missing. Give Python source, such as \"6 * 7\", or restart=true to start over without variables.")
	}
	code := *args.code
	if len(code) > maxCode {
		return "", mistake.Errorf("The code has %d bytes; the limit is %d. Upload it with upload_file, for example as x.py, "+
			"and run it with %%run %s; put data in separate files.", len(code), maxCode, t.dir.Path("x.py"))
	}
	if at := strings.IndexByte(code, 0); at >= 0 {
		return "", mistake.Errorf("The code has a NUL character at byte %d, which Python does not accept. "+
			"Remove it, or write it as \\x00 in a string.", at)
	}
	code = unfence(code)
	if strings.TrimSpace(code) != "" {
		return code, nil
	}
	if args.restart {
		return "", nil
	}
	return "", mistake.Errorf("The code is empty. Give Python source in the argument code, such as \"6 * 7\".")
}
