package jsonrpc

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Why a call cannot begin. The texts are for the client.
var (
	ErrBusy  = errors.New("too many requests are in flight")
	ErrInUse = errors.New("a request with this id is still in flight; use a unique id for every request")
)

// ErrCancelled is why a call ends that its client cancels; see [context.Cause].
var ErrCancelled = errors.New("the client cancelled the request")

// Calls are the calls of one client that are in flight. The methods may be
// called concurrently.
type Calls struct {
	max int

	mu     sync.Mutex
	open   map[callKey]*openCall
	serial uint64 // of the last call without a key
}

// A callKey is the key of a call, or a number if it has none.
type callKey struct {
	key    string
	serial uint64
}

type openCall struct {
	cancel    context.CancelCauseFunc
	cancelled bool // by the client
}

// NewCalls returns a registry of at most max calls.
func NewCalls(max int) *Calls { return &Calls{max: max, open: map[callKey]*openCall{}} }

// Begin registers a call. Its context ends when [Calls.Cancel] names the key,
// with [Calls.CancelAll], and when the call ends. A call with the key "" cannot
// be named.
//
// end must be called when the call has ended; it reports whether the client
// cancelled the call, which is then not to be answered. It may be called again,
// and reports false then. The error wraps [ErrBusy], or is [ErrInUse].
func (c *Calls) Begin(ctx context.Context, key string) (_ context.Context, end func() (cancelled bool), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	this := callKey{key: key}
	if key == "" {
		c.serial++
		this.serial = c.serial
	}
	switch {
	case c.open[this] != nil:
		return nil, nil, ErrInUse
	case len(c.open) >= c.max:
		return nil, nil, fmt.Errorf("%w: at most %d may be; wait for answers before you send more", ErrBusy, c.max)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	call := &openCall{cancel: cancel}
	c.open[this] = call
	return ctx, func() bool { return c.end(this, call) }, nil
}

func (c *Calls) end(key callKey, call *openCall) (cancelled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[key] != call {
		return false
	}
	delete(c.open, key)
	call.cancel(nil)
	return call.cancelled
}

// Cancel cancels the call with the key, if it is in flight, because of
// [ErrCancelled].
func (c *Calls) Cancel(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call, ok := c.open[callKey{key: key}]; ok {
		call.cancelled = true
		call.cancel(ErrCancelled)
	}
}

// CancelAll cancels all calls because of cause.
func (c *Calls) CancelAll(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range c.open {
		call.cancel(cause)
	}
}

// Len returns how many calls are in flight.
func (c *Calls) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}
