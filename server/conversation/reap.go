package conversation

import (
	"context"
	"errors"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// maxStops is how many sessions are stopped at a time.
const maxStops = 8

// reap ends idle conversations until ctx ends.
func (r *Registry) reap(ctx context.Context) {
	look := time.NewTicker(max(min(r.opts.Idle/4, time.Minute), time.Millisecond))
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			r.forget()
			r.endIdle(ctx)
		}
	}
}

// endIdle ends the conversations that are idle now.
func (r *Registry) endIdle(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	slots := make(chan struct{}, maxStops)
	for _, c := range r.idle() {
		if ctx.Err() != nil {
			return
		}
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			if r.opts.Shared && c.usedElsewhere(ctx) {
				return
			}
			r.mu.Lock()
			closed := c.expire() && r.close(c)
			r.mu.Unlock()
			if closed {
				c.stop()
			}
		})
	}
}

func (r *Registry) idle() []*Conversation {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []*Conversation
	for _, c := range r.open {
		if c.isIdle() {
			found = append(found, c)
		}
	}
	return found
}

// forget drops the ended names that are too old to be accepted anyway.
func (r *Registry) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, until := range r.ended {
		if time.Now().After(until) {
			delete(r.ended, name)
		}
	}
}

// isIdle reports whether the last call is so long ago that the conversation may
// end. An SSE stream is never idle: it ends when its client disconnects.
func (c *Conversation) isIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kind != Stream && c.calls.Len() == 0 && time.Since(c.used) >= c.registry.opts.Idle
}

// expire reports whether the conversation is still idle, and if so refuses
// further calls.
func (c *Conversation) expire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls.Len() > 0 || time.Since(c.used) < c.registry.opts.Idle {
		return false
	}
	c.over = true
	return true
}

// usedElsewhere reports whether the session was used through another server since,
// and notes when. If the pool does not answer, it may have been.
func (c *Conversation) usedElsewhere(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	about, err := c.registry.opts.Pool.Describe(ctx, c.id)
	if errors.Is(err, sessions.ErrNoSession) {
		return false
	}
	if err != nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if about.LastUsed.After(c.used) {
		c.used = about.LastUsed
	}
	return time.Since(c.used) < c.registry.opts.Idle
}
