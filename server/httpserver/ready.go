package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
)

// readyTime is how long it may take until a session can be had for the service to
// count as ready.
const readyTime = 2 * time.Second

// preparer is a pool that can say whether a session can be had.
type preparer interface {
	// Prepare waits until a session can be had without waiting.
	Prepare(ctx context.Context) error
}

// isolated is a pool that can say what keeps its sessions from the machine.
type isolated interface {
	// Isolation says so in a few words, "" as long as it is not known.
	Isolation() string
}

// NewReadiness returns a handler that answers whether a session can be had, and what
// isolates it if the pool says so. Its callers need no token, so their answer has no
// other details; the log has them.
func NewReadiness(pool preparer, log zerolog.Logger) http.Handler {
	return &readiness{pool: pool, log: log}
}

type readiness struct {
	pool preparer
	log  zerolog.Logger

	mu   sync.Mutex
	last string // answer
}

// ServeHTTP implements http.Handler.
func (s *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	err := s.pool.Prepare(ctx)
	if r.Context().Err() != nil {
		return // nobody is waiting for the answer
	}
	text := readyText(err)
	s.note(text, err)
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		http.Error(w, text, http.StatusServiceUnavailable)
		return
	}
	if p, ok := s.pool.(isolated); ok && p.Isolation() != "" {
		text += ": sessions run in " + p.Isolation()
	}
	fmt.Fprintln(w, text)
}

// readyText says in a few words what an error means to whoever monitors the
// service.
func readyText(err error) string {
	const look = "; the log of the service says why"
	switch {
	case err == nil:
		return "ready"
	case errors.Is(err, sessions.ErrClosed):
		return "not ready: the service is shutting down"
	case errors.Is(err, context.DeadlineExceeded):
		return "not ready: no session is available yet; ask again in a moment"
	case errors.Is(err, sessions.ErrUnauthorized):
		return "not ready: the service is not signed in to its pool" + look
	case errors.Is(err, sessions.ErrForbidden):
		return "not ready: the service may not use its pool" + look
	}
	return "not ready: no session is available" + look
}

// note logs a change.
func (s *readiness) note(text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.last
	s.last = text
	switch {
	case text == was || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessions.ErrClosed):
	case err != nil:
		s.log.Warn().Err(err).Msg("not ready: no session is available")
	case was != "":
		s.log.Info().Msg("ready: sessions are available")
	}
}
