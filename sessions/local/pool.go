package local

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/await"
	"dynamic-sessions-mcp/sessions/local/interpreter"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/stage"
)

// A Pool is the embedded pool. It implements [sessions.Pool].
type Pool struct {
	opts   Options
	status *stage.Latest

	ctx    context.Context // ends when the pool is closed
	cancel context.CancelFunc
	work   sync.WaitGroup // every goroutine of the pool

	workspace *await.Lazy[*sandbox.Workspace] // where instances are
	engine    *interpreter.Engine             // what starts interpreters
	named     *await.Lazy[*namedFolder]       // where the session that Options.Named names is

	mu        sync.Mutex
	closed    bool
	sessions  map[sessions.ID]*session
	lastNamed *session // that had the ID of Options.Named
	spares    []*instance
	// sparesBegun is how many more spares have a place, whose instances are being made.
	sparesBegun int
	demand      demand
	// blanks are instances whose sandboxes are up and have no interpreter yet: a new
	// session gets one if there is no spare.
	blanks []*instance
	begun  int // sessions, ever

	sleepers    chan struct{} // holds a token for each session that is being put to sleep
	keeping     keepBudget
	refill      chan struct{} // says that there may be too few spares, or too many
	memoryShort chan struct{} // says that memory is short
}

var _ sessions.Pool = (*Pool)(nil)

// New returns a pool that gets ready in the background. Close it when done. The
// error is always nil: what is wrong with the machine or the options shows when
// a session is wanted.
func New(opts Options) (*Pool, error) {
	opts = opts.withDefaults()
	opts.CacheDir = findCache(opts)
	p := &Pool{
		opts:        opts,
		status:      stage.NewLatest(),
		sessions:    map[sessions.ID]*session{},
		demand:      demand{min: opts.Warm, max: opts.maxWarm},
		sleepers:    make(chan struct{}, sleepersAtOnce),
		refill:      make(chan struct{}, 1),
		memoryShort: make(chan struct{}, 1),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.workspace = await.NewLazy(&p.work, p.openWorkspace)
	p.engine = p.newEngine()
	p.named = await.NewLazy(&p.work, p.openNamed)
	p.work.Go(p.keepSpares)
	p.work.Go(p.pruneNamed)
	if opts.Named != "" {
		p.work.Go(p.warmNamed)
	}
	p.work.Go(p.monitor)
	p.work.Go(p.freeMemory)
	return p, nil
}

// Isolation says what keeps sessions from the machine, such as "gVisor, in a user
// namespace", and "" before that is known, or if nothing does.
func (p *Pool) Isolation() string { return p.engine.Isolation() }

// Prepare waits until a session can begin at once. It returns the reason if none
// can begin; its error wraps sessions.ErrUnavailable.
func (p *Pool) Prepare(ctx context.Context) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.work.Done()
	if err := p.engine.Ready(ctx); err != nil {
		return p.wrap(err)
	}
	if _, err := p.addSpare(); err != nil {
		return p.wrap(err)
	}
	p.mu.Lock()
	i := p.bestSpare()
	p.mu.Unlock()
	if i == nil {
		return nil // the pool keeps none
	}
	_, err := i.interpreter.Get(ctx)
	return p.startError(err)
}

// Close ends every session, removes their folders, and waits until nothing is
// left of the pool. The session that Options.Named names is put to sleep instead.
// Calls that are under way return sessions.ErrClosed.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	live, spares := p.sessions, append(p.spares, p.blanks...)
	p.sessions, p.spares, p.blanks = nil, nil, nil
	p.mu.Unlock()

	p.closeNamed(live)
	p.cancel()
	for _, s := range live {
		p.mu.Lock()
		s.become(gone)
		p.mu.Unlock()
		p.work.Go(func() { s.end((*instance).remove) })
	}
	for _, i := range spares {
		p.work.Go(i.remove)
	}
	p.work.Wait()

	errs := []error{p.releaseNamed(), p.engine.Close()}
	if w, ok := p.workspace.Made(); ok {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

// wrap turns an error of the set-up into one that says that no session is
// available.
func (p *Pool) wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case p.ctx.Err() != nil:
		return sessions.ErrClosed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, sessions.ErrUnavailable), errors.Is(err, sessions.ErrNoCapacity):
		return err
	}
	return fmt.Errorf("%w: %w", sessions.ErrUnavailable, err)
}

// setUp tells whoever waits, and the operator, what the set-up is doing.
func (p *Pool) setUp(text string) {
	p.status.Set(text)
	p.opts.Progress(text)
}

// now is the time of day with which sessions are described.
func now() time.Time { return time.Now().UTC() }

// newEngine returns the engine of the pool's interpreters.
func (p *Pool) newEngine() *interpreter.Engine {
	o := p.opts
	return interpreter.New(p.ctx, interpreter.Options{
		CacheDir: o.CacheDir, SystemDir: o.SystemDir, BaseSystem: o.BaseSystem, Packages: o.Packages, Requirements: o.Requirements, Python: o.Python, Isolated: o.Isolation.Sandboxed(), Demand: o.Isolation.Demand(),
		Memory: o.Memory, TotalMemory: o.TotalMemory, Disk: o.Disk, Processes: o.Processes,
		MaxOutput: o.MaxOutput, ImagePixels: o.ImagePixels, SleepDisk: o.SleepDisk, Rollback: o.Rollback,
		Egress: p.opts.proxy(), EgressIndex: o.Egress.PyPI,
		Folders: o.Folders, FoldersHidden: o.FoldersHidden,
		Workspace: func(ctx context.Context) (string, error) {
			w, err := p.workspace.Get(ctx)
			if err != nil {
				return "", err
			}
			return w.Dir(), nil
		},
		Progress: p.setUp, MemoryShort: p.noteMemoryShort,
		Owner: &p.work, Logger: o.Logger,
		Idle: o.idle, CreateState: o.createState, FreeSpace: o.freeSpace,
	})
}

// startError turns the reason why an interpreter could not be started or woken into
// one for the caller.
func (p *Pool) startError(err error) error {
	if isMemory(err) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.outOfMemory()
	}
	return p.wrap(err)
}
