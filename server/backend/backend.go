package server

import (
	"context"

	"dynamic-sessions-mcp/sessions"
)

// Pool is a pool that lives in this process.
type Pool interface {
	sessions.Pool
	// Prepare waits until a session can be had without waiting.
	Prepare(ctx context.Context) error
	// Close ends all sessions, deletes their files and waits for both. A session
	// that is to be kept is put to sleep instead.
	Close() error
}
