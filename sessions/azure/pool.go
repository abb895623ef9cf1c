package azure

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// A Pool is a session pool behind the data plane. Its methods may be called
// concurrently. Close it.
type Pool struct {
	opts     Options
	pipeline runtime.Pipeline
	queue    *queue
	activity *activity
	ready    readiness
	// incarnations are of the sessions that were used.
	incarnations *incarnations
	idle         func() // closes connections that are not in use

	wrapped   atomic.Bool // the generation that is spoken
	noStreams refusal     // of outputStreamsMaxLength
	noSession refusal     // of GET /session
	noOutput  refusal     // of GET /executions/{id}/output

	closing context.Context
	close   context.CancelFunc
	keeper  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

var _ sessions.Pool = (*Pool)(nil)

// New checks o and returns the pool. It sends nothing; the first call, or
// [Pool.Prepare], shows whether the endpoint answers.
func New(o Options) (*Pool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Pool{opts: o, queue: newQueue(), activity: newActivity(), incarnations: newIncarnations(), idle: func() {}}
	var transport policy.Transporter = o.Transport
	if transport == nil {
		client := newTransport(o.Endpoint)
		transport, p.idle = client, client.CloseIdleConnections
	}
	p.pipeline = p.newPipeline(transport)
	p.wrapped.Store(wire.Wrapped(o.APIVersion))
	p.closing, p.close = context.WithCancel(context.Background())
	if o.KeepAlive > 0 {
		p.keeper.Go(p.keepAlive)
	}
	return p, nil
}

// stopGrace bounds what Close does for the sessions.
const stopGrace = 5 * time.Second

// Close ends all calls, which return sessions.ErrClosed, and waits for them. With
// Options.StopOnClose it first stops the sessions that were used.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.mu.Unlock()
	var err error
	if p.opts.StopOnClose {
		err = p.stopUsed()
	}
	p.close()
	p.calls.Wait()
	p.keeper.Wait()
	p.idle()
	return err
}

// stopUsed ends the sessions that were used and not stopped. Those that the
// service has ended already are none.
func (p *Pool) stopUsed() error {
	ctx, cancel := context.WithTimeout(p.closing, stopGrace)
	defer cancel()
	ctx = context.WithValue(ctx, closingKey{}, true)
	var all sync.WaitGroup
	var failures []error
	var mu sync.Mutex
	slots := make(chan struct{}, 8)
	for _, id := range p.activity.ids() {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := p.stop(ctx, id); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, err)
			}
		})
	}
	all.Wait()
	if len(failures) > 0 {
		p.opts.Logger.Warn().Err(forLog(failures[0])).Int("sessions", len(failures)).
			Msg("could not stop sessions in the pool; they end after their cooldown")
	}
	return nil
}

// closingKey marks the context of calls that Close makes.
type closingKey struct{}

// enter counts a call, so that Close waits for it. The caller must call done.
func (p *Pool) enter(ctx context.Context) (done func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed && ctx.Value(closingKey{}) == nil {
		return nil, sessions.ErrClosed
	}
	p.calls.Add(1)
	return sync.OnceFunc(p.calls.Done), nil
}

// check is what every method begins with.
func check(ctx context.Context, id sessions.ID) error {
	if _, err := sessions.ParseID(string(id)); err != nil {
		return err
	}
	return ctx.Err()
}

// flatVersion is the version with which calls are made that only the newer
// generation has.
func (p *Pool) flatVersion() string {
	if wire.Wrapped(p.opts.APIVersion) {
		return wire.Version20251002
	}
	return p.opts.APIVersion
}

// wrappedVersion is the same for the older one.
func (p *Pool) wrappedVersion() string {
	if wire.Wrapped(p.opts.APIVersion) {
		return p.opts.APIVersion
	}
	return wire.Version20240202
}

// sessionVersion is the version with which a session is described and ended.
func (p *Pool) sessionVersion() string {
	return max(p.flatVersion(), wire.Version20250202)
}

// inShape makes a call in the generation that the pool is known to speak, and
// once in the other if it is refused for its shape. If that is refused as well,
// the first refusal counts.
func inShape[T any](p *Pool, send func(wrapped bool) (T, error)) (T, error) {
	wrapped := p.wrapped.Load()
	v, err := send(wrapped)
	if e, ok := errors.AsType[*serviceError](err); !ok || e.Status != http.StatusBadRequest || e.Code != wire.CodePropertiesMissing {
		return v, err
	}
	v, other := send(!wrapped)
	if isStatus(other, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented) {
		return v, err
	}
	if err = other; err == nil && p.wrapped.CompareAndSwap(wrapped, !wrapped) {
		p.opts.Logger.Info().Bool("wrapped", !wrapped).Msg("the pool speaks the other generation of the API")
	}
	return v, err
}
