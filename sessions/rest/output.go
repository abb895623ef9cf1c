package rest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// maxOutputWait is how long a call waits for output at most: intermediaries close
// connections that are silent for a minute.
const maxOutputWait = 30 * time.Second

// outputs are what the executions that run have written and shown. The methods may be
// called concurrently.
type outputs struct {
	mu    sync.Mutex
	byKey map[operationKey]*outputLog
}

// add returns the log of an execution that begins, nil if one with that key runs already.
// The caller calls remove when it has ended.
func (o *outputs) add(key operationKey, memory *budget.Account) (log *outputLog, remove func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byKey[key] != nil {
		return nil, func() {}
	}
	if o.byKey == nil {
		o.byKey = map[operationKey]*outputLog{}
	}
	log = newOutputLog(memory)
	o.byKey[key] = log
	return log, func() {
		log.end()
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.byKey, key)
	}
}

func (o *outputs) get(key operationKey) *outputLog {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.byKey[key]
}

// showOutput has the output of a request kept for who reads it while it runs, if the
// caller has asked for that. The caller calls end when it has ended.
func (c *call) showOutput(ctx context.Context, p program, req *sessions.Request) (end func()) {
	if c.r.Header.Get(wire.HeaderOutput) == "" {
		return func() {}
	}
	log, end := c.outputs.add(operationKey{c.id, p.operation}, budget.FromContext(ctx))
	if log != nil {
		req.Events = log.add
	}
	return end
}

// getOutput serves GET /executions/{id}/output, which Azure does not have. It waits for
// output if there is none.
func (c *call) getOutput() error {
	key := operationKey{c.id, c.matched.name}
	log := c.outputs.get(key)
	if log == nil {
		return c.noOutput(key)
	}
	if !log.has(c.query.after) {
		return refuse(wire.CodeValidationFailed, wire.ParamAfter, "after names an event that has not happened; send what the last answer has as last, and 0 first")
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), min(time.Duration(min(c.query.wait, 60))*time.Second, maxOutputWait))
	defer cancel()
	var s splice
	answer := log.read(ctx, c.query.after)
	for i, e := range answer.Events {
		if e.Display != nil {
			answer.Events[i].Display = s.forms(e.Display)
		}
		if e.Late != nil {
			late := s.late(*e.Late)
			answer.Events[i].Late = &late
		}
	}
	if err := s.encode(answer); err != nil {
		return err
	}
	c.sendSpliced(&s)
	return nil
}

// noOutput answers for an execution whose output is not kept: it has ended, does not ask
// for that, or is not there.
func (c *call) noOutput(key operationKey) error {
	if c.operations.over(key) {
		return c.answer(http.StatusOK, wire.Output{Events: []wire.OutputEvent{}, Last: c.query.after})
	}
	return &failure{status: http.StatusNotFound, code: wire.CodeNotRunning, target: "executionId",
		message: "no execution with that ID runs for this identifier that was sent with " + wire.HeaderOutput}
}
