package azure

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// runCommand runs a command, which pools of the type Shell support, and our own.
// The older generation has no commands.
func (p *Pool) runCommand(ctx context.Context, r run) (*sessions.Execution, error) {
	body := wire.CommandRequest{ShellCommand: r.Command.Shell, ExecCommand: r.Command.Args, Stdin: r.Command.Stdin}
	return p.withStreams(func(version string, streams *int64) (*sessions.Execution, error) {
		if version >= wire.Version20251002 {
			body.TimeoutInSeconds = seconds(r.Timeout)
		}
		body.OutputStreamsMaxLength = streams
		return p.postCommand(ctx, version, r, body)
	})
}

func (p *Pool) postCommand(ctx context.Context, version string, r run, body wire.CommandRequest) (*sessions.Execution, error) {
	c := r.newCall(p, "/executions", version)
	c.shell = true
	if err := c.jsonBody(body); err != nil {
		return nil, err
	}
	defer p.accompany(ctx, r, c)()
	var a answer
	header, err := p.exchange(ctx, c, &a)
	if err != nil {
		if e, ok := errors.AsType[*serviceError](err); ok && e.Status == http.StatusBadRequest && e.Advice == "" {
			e.Advice = "A pool in Azure runs commands only if its containerType is Shell; others run code"
		}
		return nil, err
	}
	code, ended := wire.ExitCode(a.Status)
	if ended {
		a.Status = wire.StatusSucceeded // else stderr would be taken apart as that of code
	}
	x, err := p.outcome(ctx, c, header, a, body.OutputStreamsMaxLength)
	if ended && err == nil {
		setCommandStatus(x, code, credible(a.Details))
	}
	return x, err
}

// setCommandStatus derives from the exit code how a command ended, unless the
// service told more (told).
func setCommandStatus(x *sessions.Execution, code int, told bool) {
	if !told {
		switch head, last := lastLine(x.Stderr); {
		case code == wire.ExitTimedOut && last == wire.TimedOutText:
			x.Status, x.Stderr = sessions.TimedOut, head
		case code == wire.ExitKilled && strings.HasPrefix(last, wire.AbortedText):
			x.Status, x.Stderr = sessions.Died, head
		}
	}
	if x.Status == sessions.Succeeded {
		x.ExitCode = min(max(code, 0), 255)
	}
}
