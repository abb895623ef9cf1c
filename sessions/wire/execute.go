package wire

import "encoding/json"

// Values of codeInputType and executionType. Readers ignore their case.
const (
	Inline       = "Inline"       // code is the text
	InlineText   = "InlineText"   // the same
	InlineBase64 = "InlineBase64" // code is base64 of the text
	Synchronous  = "Synchronous"  // the answer comes when the code has ended
	Asynchronous = "Asynchronous" // the answer comes at once; GET the execution for its end
)

// ExecutionRequest is the flat body of POST /executions.
type ExecutionRequest struct {
	CodeInputType    string `json:"codeInputType,omitempty"`
	ExecutionType    string `json:"executionType,omitempty"`
	Code             string `json:"code"`
	TimeoutInSeconds *int64 `json:"timeoutInSeconds,omitempty"`

	// From 2025-10-02-preview on:

	// OutputStreamsMaxLength cuts stdout and stderr; nil means the service's
	// own bound.
	OutputStreamsMaxLength *int64 `json:"outputStreamsMaxLength,omitempty"`
	// UseEmptyKernel runs the code in an interpreter of its own.
	UseEmptyKernel bool `json:"useEmptyKernel,omitempty"`
	// JupyterFormat asks for the result as Jupyter's text/plain.
	JupyterFormat bool `json:"returnJupyterFormatExecutionResult,omitempty"`
}

// WrappedRequest is the body of POST /code/execute, and of the older POST
// /python/execute.
type WrappedRequest struct {
	Properties *WrappedProperties `json:"properties"`
}

// WrappedProperties is what a WrappedRequest holds.
type WrappedProperties struct {
	Identifier       string `json:"identifier,omitempty"` // instead of the one in the query
	CodeInputType    string `json:"codeInputType,omitempty"`
	ExecutionType    string `json:"executionType,omitempty"`
	Code             string `json:"code"`
	PythonCode       string `json:"pythonCode,omitempty"` // instead of Code, in the oldest form
	TimeoutInSeconds *int64 `json:"timeoutInSeconds,omitempty"`
}

// Execution is the flat answer to POST /executions and GET /executions/{id}.
type Execution struct {
	Reference
	ID            string           `json:"id"`
	Identifier    string           `json:"identifier"`
	ExecutionType string           `json:"executionType,omitempty"`
	Status        string           `json:"status"`
	Error         *Envelope        `json:"error,omitempty"` // of the service, not of the code
	Result        *ExecutionResult `json:"result,omitempty"`
	Details       *Details         `json:"dynamicSessions,omitempty"`
}

// ExecutionResult is what the code of an Execution gave.
type ExecutionResult struct {
	Reference
	Stdout          string          `json:"stdout"`
	Stderr          string          `json:"stderr"`
	ExecutionResult json.RawMessage `json:"executionResult"`
	Milliseconds    int64           `json:"executionTimeInMilliseconds"`
}

// WrappedExecution is the answer to POST /code/execute.
type WrappedExecution struct {
	Reference
	Properties WrappedResult `json:"properties"`
	Details    *Details      `json:"dynamicSessions,omitempty"`
}

// WrappedResult is what a WrappedExecution holds.
type WrappedResult struct {
	Reference
	Status       string          `json:"status"`
	Stdout       string          `json:"stdout"`
	Stderr       string          `json:"stderr"`
	Result       json.RawMessage `json:"result"`
	Milliseconds int64           `json:"executionTimeInMilliseconds"`
}

// LegacyExecution is the answer to POST /python/execute: what a
// WrappedExecution holds, without anything around it.
type LegacyExecution struct {
	WrappedResult
	Details *Details `json:"dynamicSessions,omitempty"`
}

// The statuses of an Execution.
const (
	StatusNotStarted = "NotStarted"
	StatusRunning    = "Running"
	StatusSucceeded  = "Succeeded"
	StatusFailed     = "Failed"
	StatusCanceled   = "Canceled"
)

// The statuses of a WrappedResult.
const (
	StatusSuccess = "Success"
	StatusFailure = "Failure"
)
