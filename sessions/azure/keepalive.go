package azure

import (
	"context"
	"net/http"
	"time"
)

// keepAlive touches sessions before their cooldown passes, until the pool is
// closed.
func (p *Pool) keepAlive() {
	interval := p.opts.Cooldown / 2
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		due, next := p.activity.due(interval, p.opts.KeepAlive)
		for _, id := range due {
			// Touched, whatever comes of it: a service that is out of order is
			// not asked again and again.
			p.activity.touched(id)
			c := p.newCall("keep a session", http.MethodGet, "/files", id)
			if c.version = p.flatVersion(); p.wrapped.Load() {
				c.version = p.wrappedVersion()
			}
			if _, err := p.exchange(context.Background(), c, nil); err != nil && p.closing.Err() == nil {
				p.opts.Logger.Debug().Err(forLog(err)).Msg("could not keep a session alive")
			}
		}
		if len(due) > 0 {
			continue
		}
		wait := interval
		if !next.IsZero() {
			wait = time.Until(next)
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-p.activity.changed:
		case <-p.closing.Done():
			return
		}
	}
}
