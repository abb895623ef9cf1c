package bench

import (
	"context"
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions"
)

var wake = measurement{
	name: "wake", title: "waking a hibernated session", short: true,
	about: "the first 6 * 7 of a session that was written to disk",
	cost:  1200 * time.Millisecond,
	begin: beginWake,
}

// errNeverAsleep is why there is nothing to wake.
var errNeverAsleep = errors.New("without isolation sessions do not hibernate")

// beginWake starts a pool whose sessions sleep soon. All pairs of a phase are put to
// sleep together and then woken one by one.
func beginWake(ctx context.Context, b *bench) (*trial, error) {
	if !b.Isolated {
		return nil, errNeverAsleep
	}
	p, err := b.startPool(ctx, "--warm=0", "--on-idle=hibernate", "--cooldown=6s")
	if err != nil {
		return nil, err
	}
	var ids []sessions.ID
	return &trial{
		close: p.close,
		prepare: func(ctx context.Context, i int) error {
			if i > 0 {
				return nil
			}
			p.endSessions(ctx, ids)
			ids = make([]sessions.ID, b.Pairs)
			for i := range ids {
				ids[i] = sessions.NewID()
				if _, err := p.run(ctx, ids[i], calculation); err != nil {
					return err
				}
			}
			return p.awaitNoSandbox(ctx, true)
		},
		inside: func(ctx context.Context, i int) ([]float64, error) { return one(p.run(ctx, ids[i], calculation)) },
	}, nil
}
