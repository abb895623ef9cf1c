package bench

import (
	"context"
	"math"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// memoryStep is how many sessions are added for one value.
const memoryStep = 3

var idleMemory = measurement{
	name: "memory", title: "one more idle session", short: true, format: bytes,
	about:     "memory of one more idle session: the proportional set size, and the pages of memory files that nobody maps",
	quietOnly: true,
	pairs:     aThird,
	cost:      6 * time.Second,
	begin:     beginMemory,
}

// beginMemory starts a pool with one session. Each pair adds some, and outside one more
// process with the same libraries.
func beginMemory(ctx context.Context, b *bench) (*trial, error) {
	if _, _, err := machineMemory(); err != nil {
		return nil, err
	}
	p, err := b.startPool(ctx, "--warm=0")
	if err != nil {
		return nil, err
	}
	var workers []*worker
	t := &trial{close: func() {
		for _, w := range workers {
			w.close()
		}
		p.close()
	}}
	if _, err := p.run(ctx, sessions.NewID(), calculation); err != nil {
		t.close()
		return nil, err
	}
	t.inside = func(ctx context.Context, _ int) ([]float64, error) {
		before, err := p.settledMemory(ctx)
		for range memoryStep {
			if err == nil {
				_, err = p.run(ctx, sessions.NewID(), calculation)
			}
		}
		if err != nil {
			return nil, err
		}
		after, err := p.settledMemory(ctx)
		return []float64{float64(after-before) / memoryStep}, err
	}
	if b.outside != nil {
		t.outside = func(ctx context.Context, _ int) ([]float64, error) {
			w, err := b.newProcess(ctx)
			if err != nil {
				return nil, err
			}
			workers = append(workers, w)
			n, err := memoryOf(w.cmd.Process.Pid)
			return []float64{float64(n)}, err
		}
		t.note = "outside is the proportional set size of a plain process with the same libraries imported; all is the same beside load."
	}
	return t, nil
}

// settledMemory waits until the memory of the pool and all its sessions stays what it
// is, and returns it.
func (p *process) settledMemory(ctx context.Context) (now int64, err error) {
	const (
		still = 2 * time.Second // sessions are frozen a second after their last call
		// What changes less is still.
		little, part = 2e6, 0.001
	)
	since, last := time.Now(), int64(math.MaxInt64)
	err = await(ctx, func() (bool, error) {
		if now, err = memoryOf(p.cmd.Process.Pid); err != nil {
			return false, err
		}
		if math.Abs(float64(now-last)) > max(little, part*float64(now)) {
			since, last = time.Now(), now
		}
		return time.Since(since) > still, nil
	})
	return now, err
}
