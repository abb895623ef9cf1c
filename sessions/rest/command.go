package rest

import (
	"encoding/json"
	"strconv"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// isCommand reports whether a body has a command instead of code.
func (b runBody) isCommand() bool {
	return given(b.ShellCommand) || given(b.ExecCommandAndArgs) || given(b.Stdin)
}

// readCommand reads the command of a body. Its output is cut as in Azure unless
// the body says otherwise.
func (b runBody) readCommand(p *program) error {
	if b.Code != nil || b.PythonCode != nil {
		return refuse(wire.CodePropertiesMissing, "code",
			"the request has both code and fields of a command; send either code, or shellCommand or execCommandAndArgs with stdin")
	}
	if !given(b.ShellCommand) && !given(b.ExecCommandAndArgs) {
		return refuse(wire.CodeValidationFailed, "stdin", "the request has stdin but no command; send shellCommand or execCommandAndArgs with it")
	}
	if given(b.ShellCommand) && given(b.ExecCommandAndArgs) {
		return refuse(wire.CodeValidationFailed, "execCommandAndArgs", "the request has both shellCommand and execCommandAndArgs; send one of them")
	}
	if b.UseEmptyKernel != nil && *b.UseEmptyKernel || b.JupyterFormat != nil && *b.JupyterFormat {
		return refuse(wire.CodeValidationFailed, "shellCommand",
			"useEmptyKernel and returnJupyterFormatExecutionResult are for code; a command has no kernel and no result")
	}
	var c sessions.Command
	for _, field := range []struct {
		name, kind string
		raw        json.RawMessage
		into       any
	}{
		{"shellCommand", "a string", b.ShellCommand, &c.Shell},
		{"execCommandAndArgs", "a list of strings: a program and its arguments", b.ExecCommandAndArgs, &c.Args},
		{"stdin", "a string", b.Stdin, &c.Stdin},
	} {
		if given(field.raw) && json.Unmarshal(field.raw, field.into) != nil {
			return refuse(wire.CodeValidationFailed, field.name, field.name+" must be "+field.kind)
		}
	}
	return b.checkCommand(&c, p)
}

// checkCommand makes a valid command the program.
func (b runBody) checkCommand(c *sessions.Command, p *program) error {
	target := "shellCommand"
	if given(b.ExecCommandAndArgs) {
		target = "execCommandAndArgs"
	}
	if c.Shell == "" && len(c.Args) == 0 {
		return refuse(wire.CodeValidationFailed, target, target+" is empty; it must name what to run")
	}
	if err := c.Check(); err != nil {
		return refuse(wire.CodeValidationFailed, target, err.Error())
	}
	p.command, p.maxOutput = c, wire.CommandStreams
	return nil
}

// checkGeneration refuses what Shell pools refuse before the newest version:
// settings for code.
func (c *call) checkGeneration(body runBody) error {
	if !body.isCommand() || c.query.version == "" || c.query.version >= wire.Version20251002 {
		return nil
	}
	for _, field := range []struct {
		name  string
		value *string
	}{{"codeInputType", body.CodeInputType}, {"executionType", body.ExecutionType}} {
		if field.value != nil {
			return refuse(wire.CodePropertiesMissing, field.name, field.name+" is not for commands before api-version "+
				wire.Version20251002+"; send shellCommand or execCommandAndArgs without it")
		}
	}
	return nil
}

// commandExecution returns the answer for a command that has ended.
func commandExecution(operation string, id sessions.ID, p program, x *sessions.Execution, details *wire.Details, s *splice) wire.CommandExecution {
	return wire.CommandExecution{
		ID: operation, Identifier: string(id), Status: strconv.Itoa(wire.ExitCodeOf(x)), Details: s.details(details),
		Result: &wire.CommandResult{Stdout: x.Stdout, Stderr: p.commandStderr(x), Milliseconds: x.Duration.Milliseconds()},
	}
}

// commandStderr returns the standard error of a command. The text on a command
// that did not exit by itself is never cut off.
func (p program) commandStderr(x *sessions.Execution) string {
	text := wire.StderrOf(x)
	if p.maxOutput < 0 || len(text) <= p.maxOutput {
		return text
	}
	short := *x
	short.Stderr = ""
	end := wire.StderrOf(&short)
	if end == "" {
		return shorten(text, p.maxOutput)
	}
	short.Stderr = shorten(x.Stderr, max(p.maxOutput-len(end)-len("\n"), 0))
	return shorten(wire.StderrOf(&short), p.maxOutput)
}
