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
func (b *Book) reap(ctx context.Context) {
	look := time.NewTicker(max(min(b.opts.Idle/4, time.Minute), time.Millisecond))
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			b.forget()
			b.endIdle(ctx)
		}
	}
}

// endIdle ends the conversations that are idle now.
func (b *Book) endIdle(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	slots := make(chan struct{}, maxStops)
	for _, c := range b.idle() {
		if ctx.Err() != nil {
			return
		}
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			if b.opts.Shared && c.usedElsewhere(ctx) {
				return
			}
			b.mu.Lock()
			closed := c.expire() && b.close(c)
			b.mu.Unlock()
			if closed {
				c.stop()
			}
		})
	}
}

func (b *Book) idle() []*Conversation {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []*Conversation
	for _, c := range b.open {
		if c.isIdle() {
			found = append(found, c)
		}
	}
	return found
}

// forget drops the names that nobody could use any more.
func (b *Book) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, until := range b.ended {
		if time.Now().After(until) {
			delete(b.ended, name)
		}
	}
}

// isIdle reports whether nobody has called for so long that the conversation
// may end. A stream that is open is not idle: its end is the conversation's.
func (c *Conversation) isIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kind != Stream && c.calls.Len() == 0 && time.Since(c.used) >= c.book.opts.Idle
}

// expire is isIdle, and lets no further call in.
func (c *Conversation) expire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls.Len() > 0 || time.Since(c.used) < c.book.opts.Idle {
		return false
	}
	c.over = true
	return true
}

// usedElsewhere reports whether the pool knows of a later use, by way of another
// server, and takes it down. When the pool does not answer, it may be so.
func (c *Conversation) usedElsewhere(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	about, err := c.book.opts.Pool.Describe(ctx, c.id)
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
	return time.Since(c.used) < c.book.opts.Idle
}
