package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// bodyTime is how long a client may take to send a body of JSON.
const bodyTime = time.Minute

// maxBody bounds the JSON of a request, in bytes.
const maxBody = 8 << 20

// A runBody is the body of any request to run code. What is absent is nil.
type runBody struct {
	Properties json.RawMessage `json:"properties"`

	Identifier       *string  `json:"identifier"`
	CodeInputType    *string  `json:"codeInputType"`
	ExecutionType    *string  `json:"executionType"`
	Code             *string  `json:"code"`
	PythonCode       *string  `json:"pythonCode"`
	TimeoutInSeconds *float64 `json:"timeoutInSeconds"`

	OutputStreamsMaxLength *float64 `json:"outputStreamsMaxLength"`
	UseEmptyKernel         *bool    `json:"useEmptyKernel"`
	JupyterFormat          *bool    `json:"returnJupyterFormatExecutionResult"`

	// Instead of code:
	ShellCommand       json.RawMessage `json:"shellCommand"`
	ExecCommandAndArgs json.RawMessage `json:"execCommandAndArgs"`
	Stdin              json.RawMessage `json:"stdin"`
}

// readBody reads the body of a request to run code.
func (c *call) readBody() (runBody, error) {
	var body runBody
	data, err := c.readJSON()
	if err != nil {
		return body, err
	}
	return body, parseBody(data, &body)
}

// readJSON reads a body of JSON, without what may stand around it.
func (c *call) readJSON() ([]byte, error) {
	control := http.NewResponseController(c.w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime))
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err != nil {
		c.late = errors.Is(err, os.ErrDeadlineExceeded)
		return nil, bodyError(err)
	}
	// A deadline that stayed would end the call while the code runs.
	_ = control.SetReadDeadline(time.Time{})
	return bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))), nil
}

// discard reads the rest of the body of a refused call, since many clients read
// the answer only after they have sent everything. A client that waits for 100
// Continue has sent nothing.
func (c *call) discard() {
	if c.r.Body == http.NoBody || c.late || c.r.Header.Get("Expect") != "" {
		return
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(readPause))
	_, _ = io.CopyN(io.Discard, c.r.Body, c.opts.MaxUpload)
}

// bodyError returns the error for a body that could not be read.
func bodyError(err error) error {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &failure{status: http.StatusRequestEntityTooLarge, code: wire.CodeTooLarge, target: "body",
			message: fmt.Sprintf("the body has more than %d bytes; upload large data as a file", large.Limit)}
	}
	return refuse(wire.CodeValidationFailed, "body", "the body ended before its announced length, or arrived too slowly")
}

func parseBody(data []byte, body *runBody) error {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return refuse(wire.CodePropertiesMissing, "body", `the body must be a JSON object, such as {"codeInputType":"Inline","executionType":"Synchronous","code":"6*7"}`)
	}
	err := json.Unmarshal(data, body)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return refuse(wire.CodeValidationFailed, wrong.Field, fmt.Sprintf("%s must be %s", wrong.Field, kindOf(wrong.Type)))
	}
	if err != nil {
		return refuse(wire.CodeValidationFailed, "body", "the body is not valid JSON: "+err.Error())
	}
	return nil
}

// kindOf returns the JSON name of a Go type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	}
	return "an object"
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// unwrap returns the content of "properties".
func (b runBody) unwrap() (runBody, error) {
	if !given(b.Properties) {
		return b, refuse(wire.CodePropertiesMissing, "properties",
			`on this path code and its settings must be in an object "properties"; POST /executions takes them without it`)
	}
	var inner runBody
	if err := parseBody(b.Properties, &inner); err != nil {
		return inner, err
	}
	if inner.Code == nil {
		inner.Code = inner.PythonCode
	}
	return inner, nil
}

// A program is what a request asks to run.
type program struct {
	code          string
	command       *sessions.Command // instead of code
	timeout       time.Duration
	maxOutput     int // bytes of each stream; negative for the pool's own bound
	fresh         bool
	jupyter       bool
	async         bool
	executionType string // as sent
	operation     string // its ID, "" if it has none by which it could be stopped
}

// program checks the settings of a body.
func (b runBody) program() (program, error) {
	p := program{maxOutput: -1, executionType: wire.Synchronous}
	if given(b.Properties) {
		return p, refuse(wire.CodePropertiesMissing, "properties",
			`on this path code and its settings must be in the body itself, without "properties"; POST /code/execute takes them with it`)
	}
	what := b.readCode
	if b.isCommand() {
		what = b.readCommand
	}
	for _, read := range []func(*program) error{what, b.readType, b.readTimeout, b.readOutput} {
		if err := read(&p); err != nil {
			return p, err
		}
	}
	p.fresh = b.UseEmptyKernel != nil && *b.UseEmptyKernel
	p.jupyter = b.JupyterFormat != nil && *b.JupyterFormat
	return p, nil
}

func (b runBody) readCode(p *program) error {
	if b.Code == nil {
		return refuse(wire.CodeValidationFailed, "code", "the request has no code")
	}
	p.code = *b.Code
	if b.CodeInputType == nil {
		return nil
	}
	switch {
	case strings.EqualFold(*b.CodeInputType, wire.Inline), strings.EqualFold(*b.CodeInputType, wire.InlineText):
	case strings.EqualFold(*b.CodeInputType, wire.InlineBase64):
		text, err := base64.StdEncoding.DecodeString(*b.Code)
		if err != nil {
			return refuse(wire.CodeValidationFailed, "code", "codeInputType is InlineBase64 and code is not base64: "+err.Error())
		}
		p.code = strings.ToValidUTF8(string(text), "\ufffd")
	default:
		return refuse(wire.CodeValidationFailed, "codeInputType", "codeInputType must be Inline, InlineText or InlineBase64")
	}
	return nil
}

func (b runBody) readType(p *program) error {
	if b.ExecutionType == nil {
		return nil
	}
	p.executionType = *b.ExecutionType
	p.async = strings.EqualFold(p.executionType, wire.Asynchronous)
	if !p.async && !strings.EqualFold(p.executionType, wire.Synchronous) {
		return refuse(wire.CodeValidationFailed, "executionType", "executionType must be Synchronous or Asynchronous")
	}
	return nil
}

// maxSeconds is more than any pool allows.
const maxSeconds = 7 * 24 * 3600

func (b runBody) readTimeout(p *program) error {
	if b.TimeoutInSeconds == nil {
		return nil
	}
	seconds := *b.TimeoutInSeconds
	if seconds < 1 || seconds != math.Trunc(seconds) {
		return refuse(wire.CodeValidationFailed, "timeoutInSeconds",
			"timeoutInSeconds must be a whole number of at least 1; more than the pool allows counts as what it allows")
	}
	p.timeout = time.Duration(min(seconds, maxSeconds)) * time.Second
	return nil
}

func (b runBody) readOutput(p *program) error {
	if b.OutputStreamsMaxLength == nil {
		return nil
	}
	n := *b.OutputStreamsMaxLength
	if n < 0 || n != math.Trunc(n) || n > math.MaxInt32 {
		return refuse(wire.CodeValidationFailed, "outputStreamsMaxLength",
			fmt.Sprintf("outputStreamsMaxLength must be a number of bytes, from 0 to %d", math.MaxInt32))
	}
	p.maxOutput = int(n)
	return nil
}
