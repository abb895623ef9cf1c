package azure

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// runCommand runs a command, which pools of Azure do whose containerType is Shell, and
// ours. There is no older generation of it.
func (p *Pool) runCommand(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	version := p.flatVersion()
	body := wire.CommandRequest{ShellCommand: req.Command.Shell, ExecCommand: req.Command.Args, Stdin: req.Command.Stdin}
	if version < wire.Version20251002 {
		return p.postCommand(ctx, version, id, req, body)
	}
	body.TimeoutInSeconds = seconds(req.Timeout)
	body.OutputStreamsMaxLength = &p.opts.MaxOutput
	run, err := p.postCommand(ctx, version, id, req, body)
	if !isStatus(err, http.StatusBadRequest) || isCode(err, wire.CodePropertiesMissing, wire.CodeNotSupported, wire.CodeIdentifierLength) {
		return run, err
	}
	// Its bounds are not documented; without it the service's own holds.
	body.OutputStreamsMaxLength = nil
	if again, err := p.postCommand(ctx, version, id, req, body); err == nil {
		return again, nil
	}
	return nil, err
}

func (p *Pool) postCommand(ctx context.Context, version string, id sessions.ID, req sessions.Request, body wire.CommandRequest) (*sessions.Execution, error) {
	c := p.newRun("/executions", version, id, req)
	if err := c.jsonBody(body); err != nil {
		return nil, err
	}
	var a answer
	header, err := p.exchange(ctx, c, &a)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusBadRequest && e.Advice == "" {
			e.Advice = "A pool of Azure runs commands only if its containerType is Shell; others run code"
		}
		return nil, err
	}
	code, ended := wire.ExitCode(a.Status)
	if ended {
		a.Status = wire.StatusSucceeded // else stderr would be taken apart as that of code
	}
	x, err := p.outcome(c, header, a, body.OutputStreamsMaxLength)
	if ended && err == nil {
		settleCommand(x, code, credible(a.Details))
	}
	return x, err
}

// settleCommand tells from the exit code how a command ended, unless the service told
// more.
func settleCommand(x *sessions.Execution, code int, told bool) {
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
