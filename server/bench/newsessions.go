package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"dynamic-sessions-mcp/sessions"
)

var newSession = measurement{
	name: "new-session", title: "a new session, none ready", short: true,
	about: "the first 6 * 7 of a new session of a pool that keeps none ready; outside, of a new process that imports numpy, pandas and matplotlib first",
	cost:  1400 * time.Millisecond,
	begin: func(ctx context.Context, b *bench) (*trial, error) {
		t, err := b.beginSessions(ctx, 1)
		if err == nil && b.outside != nil {
			t.outside = func(ctx context.Context, _ int) ([]float64, error) {
				began := time.Now()
				w, err := b.newProcess(ctx)
				if err != nil {
					return nil, err
				}
				defer w.close()
				_, err = w.run(ctx, calculation)
				return one(time.Since(began), err)
			}
			t.note = "outside is a new process that imports what a session has imported: IPython, numpy, pandas and matplotlib."
		}
		return t, err
	},
}

var tenSessions = measurement{
	name: "ten-sessions", title: "ten new sessions at once, none ready", short: true,
	about: "the same with ten sessions that begin together, until the last has answered",
	cost:  1600 * time.Millisecond,
	begin: func(ctx context.Context, b *bench) (*trial, error) { return b.beginSessions(ctx, 10) },
}

// beginSessions starts a pool in which n sessions begin for each pair.
func (b *bench) beginSessions(ctx context.Context, n int) (*trial, error) {
	p, err := b.startPool(ctx, "--warm=0")
	if err != nil {
		return nil, err
	}
	ids := make([]sessions.ID, n)
	return &trial{
		close: p.close,
		// Those of the pair before must be gone.
		prepare: func(ctx context.Context, _ int) error { return p.awaitNoSandbox(ctx, b.Isolated) },
		inside: func(ctx context.Context, _ int) ([]float64, error) {
			began := time.Now()
			var all errgroup.Group
			for i := range ids {
				ids[i] = sessions.NewID()
				all.Go(func() error { _, err := p.run(ctx, ids[i], calculation); return err })
			}
			err := all.Wait()
			return one(time.Since(began), err)
		},
		tidy: func() { p.endSessions(context.WithoutCancel(ctx), ids) },
	}, nil
}

// endSessions ends sessions and waits for it.
func (p *pool) endSessions(ctx context.Context, ids []sessions.ID) {
	var all sync.WaitGroup
	for _, id := range ids {
		if id != "" {
			all.Go(func() { _ = p.client.Stop(ctx, id) })
		}
	}
	all.Wait()
}

// How a condition outside of this process is waited for.
const (
	lookAgain = 50 * time.Millisecond
	waitLong  = time.Minute
)

// awaitNoSandbox waits until no session of the pool is awake.
func (p *pool) awaitNoSandbox(ctx context.Context, isolated bool) error {
	if !isolated {
		return nil
	}
	n := 0
	err := await(ctx, func() (done bool, err error) {
		n, err = sandboxes(p.cmd.Process.Pid)
		return n == 0, err
	})
	if err != nil {
		return fmt.Errorf("%d sandboxes are still there: %w", n, err)
	}
	return nil
}

// await looks again and again until a condition holds, for a minute at most.
func await(ctx context.Context, condition func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, waitLong, fmt.Errorf("waited for %v", waitLong))
	defer cancel()
	for {
		if done, err := condition(); done || err != nil {
			return err
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
