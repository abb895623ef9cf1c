package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// executeFlat serves POST /executions.
func (c *call) executeFlat() error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	return c.runFlat(body)
}

// executeWrapped serves POST /code/execute.
func (c *call) executeWrapped() error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	return c.runWrapped(body)
}

// executeEither serves POST /execute, where both forms have been seen.
func (c *call) executeEither() error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if given(body.Properties) {
		return c.runWrapped(body)
	}
	if c.id, err = c.query.session(); err != nil {
		return err
	}
	return c.runFlat(body)
}

// executeLegacy serves POST /python/execute, whose answer is flat.
func (c *call) executeLegacy() error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	x, p, err := c.wrappedRun(body)
	if err != nil {
		return err
	}
	c.describeRun(x)
	var s splice
	return c.answerSpliced(&s, struct {
		wire.WrappedResult
		Details *wire.Details `json:"dynamicSessions,omitempty"`
	}{wrappedResult(x, p, &s), s.details(c.details(x))})
}

func (c *call) runFlat(body runBody) error {
	if err := c.checkGeneration(body); err != nil {
		return err
	}
	p, err := body.program()
	if err != nil {
		return err
	}
	operation, err := c.operationID()
	if err != nil {
		return err
	}
	if p.async {
		return c.startOperation(operation, p)
	}
	x, err := c.run(c.r.Context(), p)
	if err != nil {
		return err
	}
	c.describeRun(x)
	c.w.Header().Set(wire.HeaderOperationID, operation)
	var s splice
	return c.answerSpliced(&s, flatExecution(operation, c.id, p, x, c.details(x), &s))
}

func (c *call) runWrapped(body runBody) error {
	x, p, err := c.wrappedRun(body)
	if err != nil {
		return err
	}
	c.describeRun(x)
	var s splice
	return c.answerSpliced(&s, wire.WrappedExecution{Properties: wrappedResult(x, p, &s), Details: s.details(c.details(x))})
}

// wrappedRun runs what a body has below "properties".
func (c *call) wrappedRun(body runBody) (*sessions.Execution, program, error) {
	inner, err := body.unwrap()
	if err != nil {
		return nil, program{}, err
	}
	p, err := inner.program()
	if err != nil {
		return nil, p, err
	}
	if p.command != nil {
		return nil, p, refuse(wire.CodeNotSupported, "shellCommand", "commands are run with POST /executions only")
	}
	if p.async {
		return nil, p, refuse(wire.CodeNotSupported, "executionType", "code is run asynchronously with POST /executions only")
	}
	if err := c.identify(inner.Identifier); err != nil {
		return nil, p, err
	}
	x, err := c.run(c.r.Context(), p)
	return x, p, err
}

// identify takes the identifier from the body, if there is one.
func (c *call) identify(inBody *string) (err error) {
	if inBody != nil && *inBody != "" {
		if c.query.identifier != "" && c.query.identifier != *inBody {
			return refuse(wire.CodeValidationFailed, wire.ParamIdentifier,
				"the query and the body name different identifiers; send one of them")
		}
		c.query.identifier = *inBody
	}
	c.id, err = c.query.session()
	return err
}

// run runs a program in the session of the call.
func (c *call) run(ctx context.Context, p program) (*sessions.Execution, error) {
	request := sessions.Request{Code: p.code, Command: p.command, Timeout: p.timeout}
	execute := c.pool.Execute
	if p.fresh {
		execute = c.executeFresh
	}
	x, err := execute(ctx, c.id, request)
	if err != nil {
		return nil, err
	}
	x = fitted(ctx, x)
	if p.maxOutput < 0 {
		return x, nil
	}
	cut := *x
	cut.Stdout, cut.Stderr = shorten(x.Stdout, p.maxOutput), shorten(x.Stderr, p.maxOutput)
	return &cut, nil
}

// shorten cuts s to at most limit bytes, between characters.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// describeRun tells in headers how long the call took and in which session.
func (c *call) describeRun(x *sessions.Execution) {
	header := c.w.Header()
	header.Set(wire.HeaderSessionGUID, x.Incarnation)
	header.Set(wire.HeaderExecutionTime, strconv.FormatInt(x.Duration.Milliseconds(), 10))
	total := float64(time.Since(c.begin).Microseconds()) / 1000
	header.Set(wire.HeaderTotalTime, strconv.FormatFloat(total, 'f', -1, 64))
	waited := max(total-float64(x.Duration.Microseconds())/1000, 0)
	header.Set(wire.HeaderAllocationTime, strconv.FormatFloat(waited, 'f', 3, 64))
}

// details returns what Azure has no place for, if the caller asked for it.
func (c *call) details(x *sessions.Execution) *wire.Details {
	if c.r.Header.Get(wire.HeaderDetails) == "" {
		return nil
	}
	return wire.DetailsOf(x)
}

// operationID returns the ID of an execution: the caller's, or a new one.
func (c *call) operationID() (string, error) {
	id := c.r.Header.Get(wire.HeaderOperationID)
	if id == "" {
		return newOperationID(), nil
	}
	for _, r := range id {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if len(id) > 128 || !letter && r != '-' && r != '_' && r != '.' {
			return "", refuse(wire.CodeValidationFailed, wire.HeaderOperationID,
				"operation-id must be at most 128 letters, digits and - _ .")
		}
	}
	return id, nil
}

// newOperationID returns a random UUID (RFC 9562, version 4).
func newOperationID() string {
	b := []byte(newTrace())
	b[12], b[16] = '4', "89ab"[b[16]&3]
	return fmt.Sprintf("%s-%s-%s-%s-%s", b[:8], b[8:12], b[12:16], b[16:20], b[20:])
}

func flatExecution(operation string, id sessions.ID, p program, x *sessions.Execution, details *wire.Details, s *splice) any {
	if p.command != nil {
		return commandExecution(operation, id, p, x, details, s)
	}
	status := wire.StatusSucceeded
	if x.Status != sessions.Succeeded {
		status = wire.StatusFailed
	}
	return wire.Execution{
		ID: operation, Identifier: string(id), ExecutionType: p.executionType, Status: status, Details: s.details(details),
		Result: &wire.ExecutionResult{
			Stdout: x.Stdout, Stderr: p.stderr(x), ExecutionResult: s.raw(p.value(x)),
			Milliseconds: x.Duration.Milliseconds(),
		},
	}
}

func wrappedResult(x *sessions.Execution, p program, s *splice) wire.WrappedResult {
	status := wire.StatusSuccess
	if x.Status != sessions.Succeeded {
		status = wire.StatusFailure
	}
	return wire.WrappedResult{
		Status: status, Stdout: x.Stdout, Stderr: p.stderr(x), Result: s.raw(p.value(x)),
		Milliseconds: x.Duration.Milliseconds(),
	}
}

func (p program) stderr(x *sessions.Execution) string {
	text := wire.StderrOf(x)
	if p.maxOutput >= 0 {
		return shorten(text, p.maxOutput)
	}
	return text
}

// value is the result as the request wants it: as Azure encodes it, or as
// Jupyter's text/plain with null for none.
func (p program) value(x *sessions.Execution) json.RawMessage {
	if len(x.Result) == 0 || !json.Valid(x.Result) {
		return json.RawMessage(`""`)
	}
	if !p.jupyter || bytes.HasPrefix(x.Result, []byte("{")) || x.Status != sessions.Succeeded {
		return x.Result
	}
	if x.Text == "" {
		return json.RawMessage(`null`)
	}
	text, err := json.Marshal(x.Text)
	if err != nil {
		panic(errors.New("a string cannot be encoded"))
	}
	return text
}
