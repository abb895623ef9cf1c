package bench

import (
	"context"
	"time"
)

// warmCalls is how many calls stand for a pair.
const warmCalls = 200

var warmCall = measurement{
	name: "warm", title: "warm call, `6 * 7` through MCP over stdio, p50 / p99", show: showPercentile, short: true,
	about: "6 * 7 through MCP over stdio in a session that is in use, 200 times for each pair",
	cost:  200 * time.Millisecond,
	fully: true,
	begin: func(ctx context.Context, b *bench) (*trial, error) {
		s, err := b.startServer(ctx)
		if err != nil {
			return nil, err
		}
		if err := s.ready(ctx); err != nil {
			s.close()
			return nil, err
		}
		return &trial{close: s.close, inside: func(ctx context.Context, _ int) (all []float64, err error) {
			for range warmCalls {
				a, err := s.run(ctx, calculation)
				if err != nil {
					return nil, err
				}
				all = append(all, a.took.Seconds())
			}
			return all, nil
		}}, nil
	},
}
