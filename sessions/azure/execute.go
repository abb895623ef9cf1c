package azure

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// Execute implements [sessions.Pool]. Events tell of waiting only: the service
// gives output when the code has ended. When ctx ends, the request is dropped;
// there is no call with which Azure would stop the code.
func (p *Pool) Execute(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	if err := check(ctx, id); err != nil {
		return nil, err
	}
	if err := req.Check(); err != nil {
		return nil, err
	}
	memory := budget.FromContext(ctx)
	memory.Join("session:" + string(id))
	place := p.queue.join(id)
	defer p.queue.leave(id, place)
	if err := place.wait(ctx, req.Events); err != nil {
		return nil, err
	}
	if req.Timeout <= 0 {
		req.Timeout = p.opts.Timeout
	}
	req.Timeout = min(req.Timeout, sessions.MaxTimeout)
	say(req, "running in the pool "+p.opts.Endpoint.host)
	run, err := p.runInShape(ctx, id, req)
	if err != nil {
		return nil, err
	}
	p.used(id)
	memory.Keep(sizeOf(run))
	if run.Incarnation == "" {
		run.Incarnation = p.etag(ctx, id)
	}
	return run, nil
}

// runInShape runs code in the generation that the pool speaks, and commands in the
// only one that knows them.
func (p *Pool) runInShape(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	if req.Command != nil {
		return p.runCommand(ctx, id, req)
	}
	return inShape(p, func(wrapped bool) (*sessions.Execution, error) {
		if wrapped {
			return p.runWrapped(ctx, id, req)
		}
		return p.runFlat(ctx, id, req)
	})
}

func say(req sessions.Request, text string) {
	if req.Events != nil {
		req.Events(sessions.Event{Kind: sessions.EventStage, Text: text})
	}
}

// used notes that a caller used a session.
func (p *Pool) used(id sessions.ID) {
	p.uses.called(id, max(p.opts.Cooldown, p.opts.KeepAlive))
}

// newCall returns a call about a session.
func (p *Pool) newCall(op, method, path string, id sessions.ID) *call {
	return &call{op: op, method: method, path: path, version: p.opts.APIVersion, id: id}
}

// newRun returns a call that runs code.
func (p *Pool) newRun(path, version string, id sessions.ID, req sessions.Request) *call {
	c := p.newCall("run code", http.MethodPost, path, id)
	c.version, c.runs = version, true
	c.wait = req.Timeout + p.opts.Patience
	c.header = http.Header{wire.HeaderDetails: {"1"}}
	c.stage = func(text string) { say(req, text) }
	return c
}

// seconds rounds up, since the service takes whole seconds.
func seconds(d time.Duration) *int64 {
	n := int64((d + time.Second - 1) / time.Second)
	return &n
}

// runFlat runs code in the newer generation.
func (p *Pool) runFlat(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	body := wire.ExecutionRequest{
		CodeInputType: wire.Inline, ExecutionType: wire.Synchronous,
		Code: req.Code, TimeoutInSeconds: seconds(req.Timeout),
	}
	if p.opts.AsyncAfter > 0 && req.Timeout > p.opts.AsyncAfter {
		body.ExecutionType = wire.Asynchronous
	}
	version := p.flatVersion()
	streams := version >= wire.Version20251002 && !p.noStreams.Load()
	if streams {
		body.OutputStreamsMaxLength = &p.opts.MaxOutput
	}
	run, err := p.postFlat(ctx, version, id, req, body)
	if !streams || !isStatus(err, http.StatusBadRequest) || isCode(err, wire.CodePropertiesMissing, wire.CodeIdentifierLength) {
		return run, err
	}
	// Its bounds are not documented; without it the service's own holds.
	body.OutputStreamsMaxLength = nil
	again, err2 := p.postFlat(ctx, version, id, req, body)
	if err2 != nil {
		return nil, err
	}
	p.noStreams.Store(true)
	return again, nil
}

func (p *Pool) postFlat(ctx context.Context, version string, id sessions.ID, req sessions.Request, body wire.ExecutionRequest) (*sessions.Execution, error) {
	c := p.newRun("/executions", version, id, req)
	if err := c.jsonBody(body); err != nil {
		return nil, err
	}
	var a answer
	header, err := p.exchange(ctx, c, &a)
	if err != nil {
		return nil, err
	}
	if a.pending() {
		return p.poll(ctx, c, header, a, req)
	}
	return p.outcome(c, header, a, body.OutputStreamsMaxLength)
}

// runWrapped runs code in the older generation.
func (p *Pool) runWrapped(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	c := p.newRun("/code/execute", p.wrappedVersion(), id, req)
	if err := c.jsonBody(wire.WrappedRequest{Properties: &wire.WrappedProperties{
		CodeInputType: wire.Inline, ExecutionType: wire.Synchronous,
		Code: cmp.Or(req.Code, "\n"), TimeoutInSeconds: seconds(req.Timeout), // no code at all would be left out
	}}); err != nil {
		return nil, err
	}
	var a answer
	header, err := p.exchange(ctx, c, &a)
	if err != nil {
		return nil, err
	}
	return p.outcome(c, header, a, nil)
}
