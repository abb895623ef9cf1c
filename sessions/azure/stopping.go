package azure

import (
	"context"
	"net/http"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// accompany gives the execution that c begins an ID by which it is stopped when the
// caller of r asks for that, and its output is read while it runs, until end is called.
// Azure has no calls for either, and the code goes on there; this program's own pools do.
func (p *Pool) accompany(ctx context.Context, r run, c *call) (end func()) {
	execution := string(sessions.NewID())
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	if r.Stop != nil {
		c.header.Set(wire.HeaderOperationID, execution)
		beside.Go(func() {
			if stopped(ctx, r.Stop) {
				p.stopExecution(ctx, r.id, c.version, execution)
			}
		})
	}
	if p.tellsOutput(r) {
		c.header.Set(wire.HeaderOperationID, execution)
		c.header.Set(wire.HeaderOutput, "1")
		f := follower{pool: p, run: r, version: c.version, execution: execution}
		beside.Go(func() { f.follow(ctx) })
	}
	return func() {
		cancel()
		beside.Wait()
	}
}

// stopped waits for stop, or the end of ctx, and reports whether there was a stop: whoever
// asks for one may not wait for what comes of it.
func stopped(ctx context.Context, stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	case <-ctx.Done():
	}
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// stopPatience bounds the call that stops code when nobody waits for the code any longer.
const stopPatience = 2 * time.Second

func (p *Pool) stopExecution(ctx context.Context, id sessions.ID, version, execution string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	c := p.newCall("stop code", http.MethodDelete, "/executions/"+escape(execution), id)
	c.version, c.names, c.once = version, true, true
	if _, err := p.exchange(ctx, c, nil); err != nil && ctx.Err() == nil {
		p.opts.Logger.Debug().Err(forLog(err)).Msg("the pool did not stop code")
	}
}
