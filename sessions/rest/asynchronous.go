package rest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// startOperation starts a program and answers at once.
func (c *call) startOperation(id string, p program) error {
	running, err := marshal(wire.Numbered(c.operation(id, p, wire.StatusRunning)))
	if err != nil {
		return err
	}
	answer, err := c.operations.start(operationKey{c.id, id}, outcome{body: running}, func(ctx context.Context) outcome {
		return c.runOperation(ctx, id, p)
	})
	if err != nil {
		return err
	}
	c.w.Header().Set(wire.HeaderOperationID, id)
	c.w.Header().Set(wire.HeaderOperationLocation, c.operationLocation(id))
	c.sendOutcome(http.StatusAccepted, answer)
	return nil
}

func (c *call) operation(id string, p program, status string) wire.Execution {
	return wire.Execution{ID: id, Identifier: string(c.id), ExecutionType: p.executionType, Status: status}
}

// operationLocation returns the URL of an operation, under the address that the
// caller used.
func (c *call) operationLocation(id string) string {
	// The path ends in the route, with any number of slashes.
	path := strings.TrimRight(c.r.URL.EscapedPath(), "/")
	path = strings.TrimRight(path[:strings.LastIndex(path, "/")+1], "/")
	values := url.Values{wire.ParamIdentifier: {string(c.id)}}
	if c.query.version != "" {
		values.Set(wire.ParamVersion, c.query.version)
	}
	return fmt.Sprintf("%s%s/executions/%s?%s", c.address(), path, id, values.Encode())
}

func (c *call) sendOutcome(status int, o outcome) {
	maps.Copy(c.w.Header(), o.header)
	c.send(status, o.body)
}

// runOperation runs a program and returns the answer to keep. It runs on after the
// request, and must use nothing of it that ends then.
func (c *call) runOperation(ctx context.Context, id string, p program) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			c.logPanic(v)
			o = c.failedOperation(id, p, errPanic)
		}
	}()
	memory := c.responseBudget.Open()
	defer memory.Close() // operations have bounds of their own
	run, err := c.run(budget.WithAccount(ctx, memory), p)
	if err != nil {
		return c.failedOperation(id, p, err)
	}
	var s splice
	if err := s.encode(flatExecution(id, c.id, p, run.Execution, c.details(run.Execution), &s)); err != nil {
		return c.failedOperation(id, p, err)
	}
	return outcome{body: s.body(), header: run.header()}
}

// failedOperation returns the outcome of an execution that the pool failed to
// carry out.
func (c *call) failedOperation(id string, p program, err error) outcome {
	done := c.operation(id, p, wire.StatusFailed)
	if errors.Is(err, context.Canceled) || errors.Is(err, sessions.ErrNoSession) {
		done.Status = wire.StatusCanceled
	}
	f := c.translate(err)
	done.Error = &wire.Envelope{Error: wire.Error{Code: f.code, Message: f.message, TraceID: c.trace()}}
	body, err := marshal(wire.Numbered(done))
	if err != nil {
		panic(err) // strings cannot fail
	}
	return outcome{body: body}
}

// getExecution serves GET /executions/{id}.
func (c *call) getExecution() error {
	answer, ok := c.operations.get(operationKey{c.id, c.matched.name})
	if !ok {
		return fmt.Errorf("%w: this identifier has no asynchronous execution with that ID, or its answer is no longer kept", fs.ErrNotExist)
	}
	c.sendOutcome(http.StatusOK, answer)
	return nil
}
