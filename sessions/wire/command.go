package wire

import (
	"strconv"

	"dynamic-sessions-mcp/sessions"
)

// CommandStreams is how many bytes of stdout and of stderr a pool that runs a
// shell keeps, without a mark, unless a request says otherwise.
const CommandStreams = 4096

// CommandRequest is the body of POST /executions for a pool that runs a shell.
// Such a pool refuses what else an ExecutionRequest has.
type CommandRequest struct {
	ShellCommand string   `json:"shellCommand,omitempty"` // or ExecCommandAndArgs
	ExecCommand  []string `json:"execCommandAndArgs,omitempty"`
	Stdin        string   `json:"stdin,omitempty"`

	TimeoutInSeconds       *int64 `json:"timeoutInSeconds,omitempty"`
	OutputStreamsMaxLength *int64 `json:"outputStreamsMaxLength,omitempty"`
}

// CommandExecution is the answer to a CommandRequest. Its status is the exit
// code once the command has ended.
type CommandExecution struct {
	Reference
	ID         string         `json:"id"`
	Identifier string         `json:"identifier"`
	Status     string         `json:"status"`
	Result     *CommandResult `json:"result,omitempty"`
	Details    *Details       `json:"dynamicSessions,omitempty"`
}

// CommandResult is what a command gave.
type CommandResult struct {
	Reference
	Stdout       string `json:"stdout"`
	Stderr       string `json:"stderr"`
	Milliseconds int64  `json:"executionTimeInMilliseconds"`
}

// The exit codes that stand for the end that a command took which did not end by
// itself, as the program timeout and shells have them.
const (
	ExitTimedOut = 124
	ExitKilled   = 137
)

// ExitCodeOf returns what the status of a CommandExecution says.
func ExitCodeOf(x *sessions.Execution) int {
	switch x.Status {
	case sessions.Succeeded:
		return x.ExitCode
	case sessions.TimedOut:
		return ExitTimedOut
	}
	return ExitKilled
}

// ExitCode reads the status of a CommandExecution.
func ExitCode(status string) (code int, ok bool) {
	code, err := strconv.Atoi(status)
	return code, err == nil
}
