// Package localtest has what tests of the embedded pool share: the pool itself,
// which must leave nothing when the test ends, and calls that must succeed.
//
// The tests that put sessions to sleep and wake them are in package hibernation,
// beside those in package local: together they take longer than the ten minutes
// that go test gives to a package.
package localtest

import (
	"context"
	"os"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/sandbox"

	"github.com/rs/zerolog"
)

// Isolation is what separates the sessions of tests that do not say it from the machine:
// what the server's variable of that name says, so that tests of sandboxes can be run at
// each level.
func Isolation() local.Isolation { return local.Isolation(os.Getenv("DYNAMIC_SESSIONS_ISOLATION")) }

// baseSystem is the archive of the base system that those sessions are made of, likewise; ""
// for what is installed, or the host's own system.
func baseSystem() string { return os.Getenv("DYNAMIC_SESSIONS_BASE_SYSTEM") }

// Namespaced reports whether those sessions have namespaces.
func Namespaced(tb testing.TB) bool {
	tb.Helper()
	level, err := sandbox.FindLevel(Isolation().Demand())
	if err != nil {
		tb.Fatal(err)
	}
	return level.Namespaced()
}

// New returns a pool that is closed, and must leave nothing, when the test ends.
func New(tb testing.TB, opts local.Options) *local.Pool {
	tb.Helper()
	opts.Logger = zerolog.New(zerolog.NewTestWriter(tb))
	if opts.Isolation == "" {
		opts.Isolation = Isolation()
	}
	if opts.BaseSystem == "" {
		opts.BaseSystem = baseSystem()
	}
	pool, err := local.New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := pool.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return pool
}

// Execute runs code, which the pool must accept. The caller checks how it ended.
func Execute(tb testing.TB, pool sessions.Pool, id sessions.ID, code string) *sessions.Execution {
	tb.Helper()
	x, err := pool.Execute(context.Background(), id, sessions.Request{Code: code})
	if err != nil {
		tb.Fatalf("Execute(%q): %v", code, err)
	}
	return x
}

// Stop ends a session.
func Stop(tb testing.TB, pool sessions.Pool, id sessions.ID) {
	tb.Helper()
	if err := pool.Stop(context.WithoutCancel(tb.Context()), id); err != nil {
		tb.Error(err)
	}
}

// Wait waits a little before something is asked again, or fails the test when
// its time is up.
func Wait(tb testing.TB, d time.Duration) {
	tb.Helper()
	select {
	case <-time.After(d):
	case <-tb.Context().Done():
		tb.Fatal("it never happened")
	}
}
