package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
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
	run, p, err := c.wrappedRun(body)
	if err != nil {
		return err
	}
	var s splice
	return c.answerRun(run, &s, wire.LegacyExecution{
		WrappedResult: wrappedResult(run.Execution, p, &s), Details: s.details(c.details(run.Execution))})
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
	p.operation = operation
	if p.async {
		return c.startOperation(operation, p)
	}
	run, err := c.run(c.r.Context(), p)
	if err != nil {
		return err
	}
	c.w.Header().Set(wire.HeaderOperationID, operation)
	var s splice
	return c.answerRun(run, &s, flatExecution(operation, c.id, p, run.Execution, c.details(run.Execution), &s))
}

func (c *call) runWrapped(body runBody) error {
	run, p, err := c.wrappedRun(body)
	if err != nil {
		return err
	}
	var s splice
	return c.answerRun(run, &s, wire.WrappedExecution{
		Properties: wrappedResult(run.Execution, p, &s), Details: s.details(c.details(run.Execution))})
}

// wrappedRun runs what a body has below "properties".
func (c *call) wrappedRun(body runBody) (run timedRun, p program, err error) {
	inner, err := body.unwrap()
	if err != nil {
		return run, p, err
	}
	if p, err = inner.program(); err != nil {
		return run, p, err
	}
	if p.command != nil {
		return run, p, refuse(wire.CodeNotSupported, "shellCommand", "commands are run with POST /executions only")
	}
	if p.async {
		return run, p, refuse(wire.CodeNotSupported, "executionType", "code is run asynchronously with POST /executions only")
	}
	if err := c.identify(inner.Identifier); err != nil {
		return run, p, err
	}
	run, err = c.run(c.r.Context(), p)
	return run, p, err
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
func (c *call) run(ctx context.Context, p program) (timedRun, error) {
	request := sessions.Request{Code: p.code, Command: p.command, Timeout: p.timeout}
	if n, err := strconv.ParseUint(c.r.Header.Get(wire.HeaderRun), 10, 31); err == nil {
		request.Number = int(n)
	}
	if p.operation != "" {
		stop, remove := c.stops.add(operationKey{c.id, p.operation})
		defer remove()
		request.Stop = stop
		end := c.showOutput(ctx, p, &request)
		defer end()
	}
	execute := c.pool.Execute
	if p.fresh {
		execute = c.executeFresh
	}
	run := timedRun{begin: c.begin, asked: time.Now()}
	x, err := execute(ctx, c.id, request)
	if err != nil {
		return run, err
	}
	run.answered = time.Now()
	run.Execution = fitted(ctx, x)
	if p.maxOutput >= 0 {
		cut := *run.Execution
		cut.Stdout, cut.Stderr = shorten(cut.Stdout, p.maxOutput), shorten(cut.Stderr, p.maxOutput)
		run.Execution = &cut
	}
	return run, nil
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
		return newGUID(), nil
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
	if laidOutAlike(x) {
		return x.Result
	}
	text, err := json.Marshal(x.Text)
	if err != nil {
		panic(errors.New("a string cannot be encoded"))
	}
	return text
}

// laidOutAlike reports whether the result is the text of the value, but for spaces and
// line ends: that has them where Jupyter has.
func laidOutAlike(x *sessions.Execution) bool {
	var result string
	if json.Unmarshal(x.Result, &result) != nil || result == x.Text {
		return false
	}
	return slices.Equal(strings.Fields(result), strings.Fields(x.Text))
}
