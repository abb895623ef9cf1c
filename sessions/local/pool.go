package local

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// A Pool is the embedded pool. It implements [sessions.Pool].
type Pool struct {
	opts  Options
	stage *stage

	ctx    context.Context // ends when the pool is closed
	cancel context.CancelFunc
	work   sync.WaitGroup // every goroutine of the pool

	workspace lazy[*sandbox.Workspace] // where boxes are
	engine    lazy[*engine]            // what starts interpreters

	mu       sync.Mutex
	closed   bool
	sessions map[sessions.ID]*session
	spares   []*box
}

var _ sessions.Pool = (*Pool)(nil)

// New returns a pool that gets ready in the background. Close it when done. The
// error is always nil: what is wrong with the machine or the options shows when
// a session is asked for.
func New(opts Options) (*Pool, error) {
	opts = opts.withDefaults()
	p := &Pool{opts: opts, stage: newStage(), sessions: map[sessions.ID]*session{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.workspace = lazy[*sandbox.Workspace]{make: p.makeWorkspace, owner: &p.work}
	p.engine = lazy[*engine]{make: p.makeEngine, owner: &p.work}
	p.work.Go(p.warmUp)
	p.work.Go(p.patrol)
	return p, nil
}

// Prepare waits until a session can be had at once. It returns the reason if
// none can be had; its error wraps sessions.ErrUnavailable.
func (p *Pool) Prepare(ctx context.Context) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.work.Done()
	if _, err := p.engine.get(ctx); err != nil {
		return p.wrap(err)
	}
	p.refill()
	p.mu.Lock()
	spares := append([]*box(nil), p.spares...)
	p.mu.Unlock()
	for _, b := range spares {
		if _, err := b.interpreter.get(ctx); err != nil {
			return p.wrap(err)
		}
	}
	return nil
}

// Version returns the version of the Python that sessions run, once it is
// known.
func (p *Pool) Version() (string, bool) {
	e, ok := p.engine.made()
	if !ok {
		return "", false
	}
	return e.version(), true
}

// Close ends every session, removes their folders, and waits until nothing is
// left of the pool. Calls that are under way return sessions.ErrClosed.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	live, spares := p.sessions, p.spares
	p.sessions, p.spares = nil, nil
	p.mu.Unlock()

	p.cancel()
	for _, s := range live {
		p.work.Go(func() { s.destroy() })
	}
	for _, b := range spares {
		p.work.Go(b.remove)
	}
	p.work.Wait()

	var errs []error
	if e, ok := p.engine.made(); ok {
		errs = append(errs, e.close())
	}
	if w, ok := p.workspace.made(); ok {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

// warmUp makes the first spare boxes.
func (p *Pool) warmUp() {
	if _, err := p.engine.get(p.ctx); err != nil {
		if p.ctx.Err() == nil {
			p.opts.Logger.Warn().Err(err).Msg("no sessions can be had yet; the next call tries again")
		}
		return
	}
	p.refill()
}

// refill makes spare boxes until there are as many as the pool keeps, but none
// that no session could take.
func (p *Pool) refill() {
	w, err := p.workspace.get(p.ctx)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed && len(p.spares) < min(p.opts.Warm, p.opts.MaxSessions-p.awake()) {
		b, err := p.newBox(w)
		if err != nil {
			p.opts.Logger.Error().Err(err).Msg("making a spare session")
			return
		}
		p.spares = append(p.spares, b)
		b.interpreter.begin()
	}
}

// takeBox returns a spare box, one whose interpreter is ready if possible, or
// a new one. The caller holds p.mu.
func (p *Pool) takeBox(w *sandbox.Workspace) (*box, error) {
	if len(p.spares) > 0 {
		i := 0
		for j, b := range p.spares {
			if _, ready := b.interpreter.made(); ready {
				i = j
				break
			}
		}
		b := p.spares[i]
		p.spares = append(p.spares[:i], p.spares[i+1:]...)
		return b, nil
	}
	return p.newBox(w)
}

// wrap turns an error of the set-up into one that says that no session can be
// had.
func (p *Pool) wrap(err error) error {
	switch {
	case p.ctx.Err() != nil:
		return sessions.ErrClosed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, sessions.ErrUnavailable):
		return err
	}
	return fmt.Errorf("%w: %w", sessions.ErrUnavailable, err)
}

// setUp tells whoever waits, and the operator, what the set-up is doing.
func (p *Pool) setUp(text string) {
	p.stage.set(text)
	p.opts.Progress(text)
}

// now is the time of day with which sessions are described.
func now() time.Time { return time.Now().UTC() }
