package server

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/wire"
)

// stages are what the pool does to get ready. Any number of callers may wait for the
// next.
type stages struct {
	mu      sync.Mutex
	doing   string
	changed chan struct{}
}

func newStages() *stages { return &stages{changed: make(chan struct{})} }

// set may be called concurrently.
func (s *stages) set(doing string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if doing == s.doing {
		return
	}
	s.doing = doing
	close(s.changed)
	s.changed = make(chan struct{})
}

// get returns the stage, and a channel that is closed when there is another.
func (s *stages) get() (doing string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doing, s.changed
}

// preparation answers with what the pool does to get ready, until it is.
type preparation struct {
	pool    backend.Pool
	stages  *stages
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
	said := ""
	for {
		doing, changed := p.stages.get()
		if doing != said && doing != "" {
			say(wire.Stage{Doing: doing})
			said = doing
		}
		select {
		case err := <-ready:
			return err
		case <-changed:
		}
	}
}
