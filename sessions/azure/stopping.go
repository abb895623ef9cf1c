package azure

import (
	"context"
	"net/http"
	"sync"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// nameToStop gives the execution that c begins an ID by which it is stopped when the
// caller of r asks for that, until end is called. Azure has no call for it, and the code
// goes on there; this program's own pools have one.
func (p *Pool) nameToStop(ctx context.Context, r run, c *call) (end func()) {
	if r.Stop == nil {
		return func() {}
	}
	execution := string(sessions.NewID())
	c.header.Set(wire.HeaderOperationID, execution)
	ctx, cancel := context.WithCancel(ctx)
	var asked sync.WaitGroup
	asked.Go(func() {
		select {
		case <-r.Stop:
			p.stopExecution(ctx, r.id, c.version, execution)
		case <-ctx.Done():
		}
	})
	return func() {
		cancel()
		asked.Wait()
	}
}

func (p *Pool) stopExecution(ctx context.Context, id sessions.ID, version, execution string) {
	c := p.newCall("stop code", http.MethodDelete, "/executions/"+escape(execution), id)
	c.version, c.names, c.once = version, true, true
	if _, err := p.exchange(ctx, c, nil); err != nil && ctx.Err() == nil {
		p.opts.Logger.Debug().Err(forLog(err)).Msg("the pool did not stop code")
	}
}
