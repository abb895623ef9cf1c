package azure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// Execute implements [sessions.Pool]. Events report output of code that runs for longer than
// a moment, if the pool is of this program; Azure returns it when the code has ended. When ctx ends, the request is dropped;
// Azure has no call that stops the code, which is why it does not heed Request.Stop; a pool
// of this program does.
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
		req.Timeout = p.opts.MaxRun
	}
	req.Timeout = min(req.Timeout, p.opts.MaxRun)
	if events := req.Events; events != nil {
		var mu sync.Mutex // what is waited for and what is read come from two goroutines
		req.Events = func(e sessions.Event) {
			mu.Lock()
			defer mu.Unlock()
			events(e)
		}
		req.Events(sessions.Event{Kind: sessions.EventBegun}) // as far as can be known
	}
	x, err := p.runFrom(ctx, p.newRun(id, req))
	if err != nil {
		return nil, err
	}
	p.used(id)
	memory.Keep(sizeOf(x))
	return x, nil
}

// runFrom runs code, in a new interpreter if that is asked for.
func (p *Pool) runFrom(ctx context.Context, r run) (*sessions.Execution, error) {
	if !r.Restart {
		return p.runInShape(ctx, r)
	}
	begun, err := p.restart(ctx, r)
	if err != nil || r.Code == "" && r.Command == nil {
		return begun, err
	}
	x, err := p.runInShape(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("the interpreter was restarted, and the code then failed to run: %w", err)
	}
	x.Restart, x.NewSession = sessions.RestartAsked, x.NewSession || begun.NewSession
	return x, nil
}

// runInShape runs code in the generation that the pool uses, and commands in the
// only one that has them.
func (p *Pool) runInShape(ctx context.Context, r run) (*sessions.Execution, error) {
	if r.Command != nil {
		return p.runCommand(ctx, r)
	}
	x, err := inShape(p, func(wrapped bool) (*sessions.Execution, error) {
		if wrapped {
			return p.runWrapped(ctx, r)
		}
		return p.runFlat(ctx, r)
	})
	return x, otherKind(err)
}

func say(req sessions.Request, text string) {
	if req.Events != nil {
		req.Events(sessions.Event{Kind: sessions.EventWaiting, Text: text})
	}
}

// used notes that a caller used a session.
func (p *Pool) used(id sessions.ID) {
	p.activity.called(id, max(p.opts.Cooldown, p.opts.KeepAlive))
}

// newCall returns a call about a session that changes nothing.
func (p *Pool) newCall(op, method, path string, id sessions.ID) *call {
	c := &call{op: op, method: method, path: path, version: p.opts.APIVersion, id: id}
	c.limits = limits{silence: p.opts.Patience, total: callTime, end: time.Now().Add(callTime)}
	c.limits.latest = c.limits.end
	return c
}

// callTime bounds a call that runs no code, or a sequence of calls that make up
// one operation. Many clients give up after 60 s, without an explanation.
const callTime = 45 * time.Second

// A run is a request to run code, with the time that its answer may take,
// however many calls it needs.
type run struct {
	sessions.Request
	id     sessions.ID
	limits limits
}

// newRun returns a run that begins now. The last attempt must begin early enough
// for the code to use all of its time.
func (p *Pool) newRun(id sessions.ID, req sessions.Request) run {
	now, total := time.Now(), req.Timeout+p.opts.Patience
	return run{req, id, limits{total: total, end: now.Add(total), latest: now.Add(p.opts.Patience * 2 / 3)}}
}

// newCall returns a call that runs the code.
func (r run) newCall(p *Pool, path, version string) *call {
	c := p.newCall("run code", http.MethodPost, path, r.id)
	c.version, c.effect, c.limits = version, runs, r.limits
	c.header = http.Header{wire.HeaderDetails: {"1"}}
	if r.Number > 0 {
		c.header.Set(wire.HeaderRun, strconv.Itoa(r.Number))
	}
	c.stage = func(text string) { say(r.Request, text) }
	return c
}

// seconds rounds up, since the service takes whole seconds.
func seconds(d time.Duration) *int64 {
	n := int64((d + time.Second - 1) / time.Second)
	return &n
}

// streamsProperty is the property of a request that says where to cut output.
const streamsProperty = "outputStreamsMaxLength"

// runFlat runs code in the newer generation.
func (p *Pool) runFlat(ctx context.Context, r run) (*sessions.Execution, error) {
	body := wire.ExecutionRequest{
		CodeInputType: wire.Inline, ExecutionType: wire.Synchronous,
		Code: r.Code, TimeoutInSeconds: seconds(r.Timeout),
	}
	if p.opts.AsyncAfter > 0 && r.Timeout > p.opts.AsyncAfter {
		body.ExecutionType = wire.Asynchronous
	}
	return p.withStreams(func(version string, streams *int64) (*sessions.Execution, error) {
		body.OutputStreamsMaxLength = streams
		return p.postFlat(ctx, version, r, body)
	})
}

// withStreams posts a run that asks for as much output as the pool may have, or
// nil where the service does not know of that.
func (p *Pool) withStreams(post func(version string, streams *int64) (*sessions.Execution, error)) (*sessions.Execution, error) {
	version := p.flatVersion()
	if version < wire.Version20251002 || p.noStreams.stands() {
		return post(version, nil)
	}
	x, err := post(version, &p.opts.MaxOutput)
	refused, ok := errors.AsType[*serviceError](err)
	if !ok || refused.Status != http.StatusBadRequest || !refused.names(streamsProperty) {
		return x, err
	}
	// Its bounds are not documented; without it the service's own holds.
	again, err := post(version, nil)
	if err != nil {
		return nil, err
	}
	p.noStreams.note()
	return again, nil
}

func (p *Pool) postFlat(ctx context.Context, version string, r run, body wire.ExecutionRequest) (*sessions.Execution, error) {
	c := r.newCall(p, "/executions", version)
	if err := c.jsonBody(body); err != nil {
		return nil, err
	}
	defer p.accompany(ctx, r, c)()
	var a answer
	header, err := p.exchange(ctx, c, &a)
	if err != nil {
		return nil, err
	}
	if a.pending() {
		return p.poll(ctx, c, header, a)
	}
	return p.outcome(ctx, c, header, a, body.OutputStreamsMaxLength)
}

// runWrapped runs code in the older generation.
func (p *Pool) runWrapped(ctx context.Context, r run) (*sessions.Execution, error) {
	c := r.newCall(p, "/code/execute", p.wrappedVersion())
	if err := c.jsonBody(wire.WrappedRequest{Properties: &wire.WrappedProperties{
		CodeInputType: wire.Inline, ExecutionType: wire.Synchronous,
		Code: cmp.Or(r.Code, "\n"), TimeoutInSeconds: seconds(r.Timeout), // no code at all would be left out
	}}); err != nil {
		return nil, err
	}
	r.silent()
	var a answer
	header, err := p.exchange(ctx, c, &a)
	if err != nil {
		return nil, err
	}
	return p.outcome(ctx, c, header, a, nil)
}
