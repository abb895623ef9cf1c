package rest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// The tools of a pool's MCP server. All pools have all of them.
const (
	toolLaunch       = "launchShell"
	toolLaunchPython = "launchPythonEnvironment" // an older name, which is not listed
	toolShell        = "runShellCommandInRemoteEnvironment"
	toolPython       = "runPythonCodeInRemoteEnvironment"
)

// A toolDescription is how a tool is listed.
type toolDescription struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"inputSchema"`
}

const environmentSchema = `"environmentId":{"type":"string","minLength":4,"maxLength":128,"description":"What launchShell returned."}`

func mcpTools() []toolDescription {
	return []toolDescription{
		{toolLaunch, "Creates an environment for shell commands and Python code, and returns its environmentId. " +
			"Call this first and pass the environmentId to the other tools.",
			json.RawMessage(`{"type":"object","properties":{}}`)},
		{toolShell, "Runs a shell command in an environment that launchShell created. Send either shellCommand, a line for bash, " +
			"or execCommandAndArgs, a program and its arguments. Files in /mnt/data are kept from call to call; " +
			"the working directory and variables of a shell are not. Of stdout and of stderr the first 4096 bytes are returned.",
			json.RawMessage(`{"type":"object","properties":{` + environmentSchema +
				`,"shellCommand":{"type":"string","description":"A command line for bash."}` +
				`,"execCommandAndArgs":{"type":"array","items":{"type":"string"},"description":"A program and its arguments, which no shell looks at."}}` +
				`,"required":["environmentId"]}`)},
		{toolPython, "Runs Python code in an environment that launchShell created. Variables, and files in /mnt/data, are kept from " +
			"call to call. Print what you want to see; the value of a last expression is returned too.",
			json.RawMessage(`{"type":"object","properties":{` + environmentSchema +
				`,"pythonCode":{"type":"string","description":"Python code."}},"required":["environmentId","pythonCode"]}`)},
	}
}

// A toolResult is the answer of a tool.
type toolResult struct {
	Content    []toolContent `json:"content"`
	Structured any           `json:"structuredContent,omitempty"`
	IsError    bool          `json:"isError"`
}

// toolContent is a text or a picture.
type toolContent struct {
	Type     string `json:"type"`
	Text     string `json:"text,omitempty"`
	Data     []byte `json:"data,omitempty"`
	MIMEType string `json:"mimeType,omitempty"`
}

// structured returns the result that has a value, and its JSON as the text.
func structured(value any) *toolResult {
	text, err := marshal(value)
	if err != nil {
		panic(err) // strings and numbers cannot fail
	}
	return &toolResult{Content: []toolContent{{Type: "text", Text: strings.TrimSuffix(string(text), "\n")}}, Structured: value}
}

// toolArguments are those of all tools.
type toolArguments struct {
	EnvironmentID *string `json:"environmentId"`
	PythonCode    *string `json:"pythonCode"`

	ShellCommand json.RawMessage `json:"shellCommand"`
	ExecCommand  json.RawMessage `json:"execCommandAndArgs"`
	Stdin        json.RawMessage `json:"stdin"`
}

// callTool serves tools/call.
func (c *mcpCall) callTool(params json.RawMessage) (any, *rpcError) {
	var asked struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(params, &asked); err != nil || asked.Name == "" {
		return nil, &rpcError{rpcInvalidParams, "tools/call needs params with the name of a tool and its arguments"}
	}
	var arguments toolArguments
	if given(asked.Arguments) {
		if err := json.Unmarshal(asked.Arguments, &arguments); err != nil {
			return nil, &rpcError{rpcInvalidParams, "the arguments must be an object; environmentId and pythonCode must be strings"}
		}
	}
	switch asked.Name {
	case toolLaunch, toolLaunchPython:
		// The session is made by the first call that uses it.
		return structured(map[string]string{"environmentId": newGUID()}), nil
	case toolShell:
		return c.runTool(arguments, arguments.shellProgram, c.shellResult)
	case toolPython:
		return c.runTool(arguments, arguments.pythonProgram, c.pythonResult)
	}
	return nil, &rpcError{rpcInvalidParams, fmt.Sprintf("there is no such tool; the tools are %s, %s and %s", toolLaunch, toolShell, toolPython)}
}

// runTool runs a program in the session that the arguments name. Its answer is an
// error of the protocol if the arguments are wrong, and a result that says so if the
// pool cannot run it.
func (c *mcpCall) runTool(a toolArguments, read func() (program, error), result func(program, *sessions.Execution) *toolResult) (any, *rpcError) {
	if a.EnvironmentID == nil || *a.EnvironmentID == "" {
		return nil, &rpcError{rpcInvalidParams, "environmentId is required; launchShell returns one"}
	}
	id, err := sessions.ParseID(*a.EnvironmentID)
	if err != nil {
		return nil, &rpcError{rpcInvalidParams, "the environmentId is invalid; pass one that launchShell returned"}
	}
	p, err := read()
	if err != nil {
		return nil, &rpcError{rpcInvalidParams, err.Error()}
	}
	c.id = id
	run, err := c.run(c.r.Context(), p)
	if err != nil {
		return &toolResult{Content: []toolContent{{Type: "text", Text: c.translate(err).message}}, IsError: true}, nil
	}
	return result(p, run.Execution), nil
}

func (a toolArguments) shellProgram() (program, error) {
	body := runBody{ShellCommand: a.ShellCommand, ExecCommandAndArgs: a.ExecCommand, Stdin: a.Stdin}
	if !given(a.ShellCommand) && !given(a.ExecCommand) {
		return program{}, fmt.Errorf("shellCommand or execCommandAndArgs is required")
	}
	return body.program()
}

func (a toolArguments) pythonProgram() (program, error) {
	if a.PythonCode == nil {
		return program{}, fmt.Errorf("pythonCode is required")
	}
	return runBody{Code: a.PythonCode}.program()
}

// shellResult is the answer about a command that has ended. What a command makes of
// its exit code is its own matter; one that was stopped is an error.
func (c *mcpCall) shellResult(p program, x *sessions.Execution) *toolResult {
	code := wire.ExitCodeOf(x)
	result := structured(struct {
		Status       string `json:"status"`
		ExitCode     int    `json:"exitCode"`
		Stdout       string `json:"stdout"`
		Stderr       string `json:"stderr"`
		Milliseconds int64  `json:"executionTimeInMilliseconds"`
	}{strconv.Itoa(code), code, x.Stdout, p.commandStderr(x), x.Duration.Milliseconds()})
	result.IsError = x.Status != sessions.Succeeded
	return result
}

// pythonResult is the answer about code that has ended. A picture has a place of its
// own, since nobody reads it as text.
func (c *mcpCall) pythonResult(p program, x *sessions.Execution) *toolResult {
	value, status := p.value(x), wire.StatusSucceeded
	media, data := wire.ImageOf(value)
	if data != nil {
		value, _ = json.Marshal(map[string]string{"type": "image", "format": strings.TrimPrefix(media, "image/")})
	}
	if x.Status != sessions.Succeeded {
		status = wire.StatusFailed
	}
	result := structured(struct {
		Status       string          `json:"status"`
		Stdout       string          `json:"stdout"`
		Stderr       string          `json:"stderr"`
		Value        json.RawMessage `json:"executionResult"`
		Milliseconds int64           `json:"executionTimeInMilliseconds"`
	}{status, x.Stdout, p.stderr(x), value, x.Duration.Milliseconds()})
	if data != nil {
		if len(data) >= bigValue {
			data = c.big.mark(spliced{bytes: data})
		}
		result.Content = append(result.Content, toolContent{Type: "image", Data: data, MIMEType: media})
	}
	result.IsError = x.Status != sessions.Succeeded
	return result
}
