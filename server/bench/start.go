package bench

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

var serverStart = measurement{
	name: "start", title: "start of a server to its first answer over stdio", short: true,
	about: "a new server process, initialize, 6 * 7, through MCP over stdio",
	cost:  700 * time.Millisecond,
	begin: func(ctx context.Context, b *bench) (*trial, error) { return b.beginServers(1), nil },
}

var tenServers = measurement{
	name: "ten-servers", title: "ten servers at once, until the last has answered",
	about: "the same with ten servers that start together",
	cost:  3 * time.Second,
	begin: func(ctx context.Context, b *bench) (*trial, error) { return b.beginServers(10), nil },
}

// beginServers starts n servers for each pair.
func (b *bench) beginServers(n int) *trial {
	var mu sync.Mutex
	var started []*server
	return &trial{
		close: func() {},
		inside: func(ctx context.Context, _ int) ([]float64, error) {
			began := time.Now()
			var all errgroup.Group
			for range n {
				all.Go(func() error {
					s, err := b.startServer(ctx)
					if err != nil {
						return err
					}
					mu.Lock()
					started = append(started, s)
					mu.Unlock()
					return s.ready(ctx)
				})
			}
			err := all.Wait()
			return one(time.Since(began), err)
		},
		tidy: func() {
			var all sync.WaitGroup
			for _, s := range started {
				all.Go(s.close)
			}
			all.Wait()
			started = nil
		},
	}
}
