package server

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

// readyTime is how long a session may take to be there for the service to count
// as ready.
const readyTime = 2 * time.Second

// A readiness answers whether a session can be had. Its callers need no token,
// so what they are told has no detail; the log has.
type readiness struct {
	pool Pool
	log  zerolog.Logger

	mu   sync.Mutex
	last string // that was answered
}

// ServeHTTP implements http.Handler.
func (s *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	err := s.pool.Prepare(ctx)
	if r.Context().Err() != nil {
		return // nobody waits for the answer
	}
	text := readyText(err)
	s.note(text, err)
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		http.Error(w, text, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, text)
}

// readyText says in a few words what an error means for who watches the service.
func readyText(err error) string {
	const look = "; the log of the service says why"
	switch {
	case err == nil:
		return "ready"
	case errors.Is(err, sessions.ErrClosed):
		return "not ready: the service is ending"
	case errors.Is(err, context.DeadlineExceeded):
		return "not ready: no session can be had yet; ask again in a moment"
	case errors.Is(err, sessions.ErrUnauthorized):
		return "not ready: the service is not signed in to its pool" + look
	case errors.Is(err, sessions.ErrForbidden):
		return "not ready: the service may not use its pool" + look
	}
	return "not ready: no session can be had" + look
}

// note logs what has changed.
func (s *readiness) note(text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.last
	s.last = text
	switch {
	case text == was || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessions.ErrClosed):
	case err != nil:
		s.log.Warn().Err(err).Msg("not ready: no session can be had")
	case was != "":
		s.log.Info().Msg("ready: sessions can be had")
	}
}
