package server

import (
	"context"
	"encoding/json"
	"net/http"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/stage"
	"dynamic-sessions-mcp/sessions/wire"
)

// preparation answers with what the pool does to get ready, until it is.
type preparation struct {
	pool    backend.Pool
	stages  *stage.Latest
	version string
}

func (p preparation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	say := func(line wire.Stage) {
		_ = json.NewEncoder(w).Encode(line) // a caller that is gone ends the context
		_ = http.NewResponseController(w).Flush()
	}
	say(wire.Stage{Version: p.version})
	if err := p.wait(r.Context(), say); err != nil {
		say(wire.Stage{Error: err.Error()})
		return
	}
	say(wire.Stage{Ready: true})
}

// wait tells of the stages until the pool is ready.
func (p preparation) wait(ctx context.Context, say func(wire.Stage)) error {
	ready := make(chan error, 1)
	go func() { ready <- p.pool.Prepare(ctx) }()
	for {
		doing, changed := p.stages.Get()
		if doing != "" {
			say(wire.Stage{Doing: doing})
		}
		select {
		case err := <-ready:
			return err
		case <-changed:
		}
	}
}
