// Package backend opens the pool that a configuration asks for: the embedded one
// of this process, that of a container or WSL, or one elsewhere, such as in Azure.
//
//	pool, err := backend.Open(backend.Options{Config: cfg, Logger: log})
//	if err != nil {
//		return err
//	}
//	defer func() { err = errors.Join(err, backend.Close(pool, grace, log)) }()
//
// It is the one place that translates settings into the options of packages
// local, engine and azure: embedded.go and engine.go for the former; azure.go and credential.go, which
// finds the token, for the latter. [Environment] says in the words of package
// tools where code runs then. [Inspect] asks a session what it has, [Measure]
// tells how long executions wait.
package backend

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions"
)

// A Pool is a pool that was opened by this process and is to be closed by it.
// Its methods may be called concurrently.
type Pool interface {
	sessions.Pool
	// Prepare waits until a session can be had without waiting. Its error is
	// why none can be had.
	Prepare(ctx context.Context) error
	// Close ends all sessions, deletes their files and waits for both. A session
	// that is to be kept is put to sleep instead.
	Close() error
}

// CloseGrace is how long a pool usually has to put its sessions away at the end.
// Clients that close the input of a server kill its process two seconds later.
const CloseGrace = 1500 * time.Millisecond

// Options are what a pool is opened with.
type Options struct {
	Config config.Config
	// Keep is the session that outlives the pool, "" for none. Only the embedded
	// pool keeps one.
	Keep   sessions.ID
	Logger zerolog.Logger
	// Progress is told what the embedded pool does to get ready. It may be nil,
	// and may be called concurrently.
	Progress func(stage string)
}

// Open opens the pool. It returns at once: the embedded pool prepares what it
// needs in the background, and nothing is sent to a pool elsewhere before the
// first call. Close the pool with [Close].
func Open(o Options) (Pool, error) {
	if o.Config.Azure.Set() {
		return openAzure(o)
	}
	if o.Config.Contained() {
		return openEngine(o)
	}
	return openEmbedded(o)
}

// Close closes a pool and waits for that, but no longer than grace. A pool that
// takes longer is no failure of the work that has ended: it is logged, and the
// sessions die with the process.
func Close(pool Pool, grace time.Duration, log zerolog.Logger) error {
	closed := make(chan error, 1)
	go func() { closed <- pool.Close() }()
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case err := <-closed:
		return err
	case <-late.C:
		log.Warn().Dur("after", grace).Msg("the sessions have not ended in time and are killed with the process")
		return nil
	}
}
