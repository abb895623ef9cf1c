package wire

import (
	"strconv"

	"dynamic-sessions-mcp/sessions"
)

// CommandStreams is how many bytes of stdout and of stderr a pool of Shell sessions
// returns unless a request says otherwise. It does not mark the cut.
const CommandStreams = 4096

// CommandRequest is the body of POST /executions for a pool of Shell sessions. Such
// a pool refuses the other fields of an ExecutionRequest.
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

// CommandResult is the result of a command.
type CommandResult struct {
	Reference
	Stdout       string `json:"stdout"`
	Stderr       string `json:"stderr"`
	Milliseconds int64  `json:"executionTimeInMilliseconds"`
}

// Exit codes of commands that did not exit by themselves, as timeout(1) and shells
// have them.
const (
	ExitTimedOut = 124
	ExitKilled   = 137
)

// ExitCodeOf returns the exit code for the status of a CommandExecution.
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
