package local

import (
	"context"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// A session is what the pool has for one ID.
type session struct {
	id      sessions.ID
	owner   string // whose it is; see sessions.WithOwner
	box     *box
	created time.Time
	turn    chan struct{} // holds one token while an execution runs; the queue is in order

	ctx  context.Context // ends when the session does
	stop context.CancelFunc
	gone sync.Once
	left chan struct{} // closed when the box is removed

	// Guarded by the pool's mu:
	uses      int // calls under way
	lastUsed  time.Time
	cooldown  *time.Timer
	asleep    bool // also guarded by turn: who changes it holds both
	sleptAt   time.Time
	stateSize int64 // bytes that its state takes on the disk

	// Guarded by turn:
	started bool // an interpreter has run code
	// sleepsFailed is how often it could not be put to sleep, since it last could.
	sleepsFailed int
	overdue      bool             // it could not be put to sleep when it should
	restart      sessions.Restart // why the next execution begins in a fresh one
	untold       *sessions.Disk   // what the last answer came too early to say
	vigil        func()           // ends the watch over the disk while no execution runs; nil if there is none
}

// acquire is acquireOrMake for those to whom it is all the same whether the
// session was there.
func (p *Pool) acquire(ctx context.Context, id sessions.ID) (s *session, release func(), err error) {
	s, _, release, err = p.acquireOrMake(ctx, id)
	return s, release, err
}

// acquireOrMake finds the session of an ID, or makes it, and keeps it from its
// cooldown until release is called.
func (p *Pool) acquireOrMake(ctx context.Context, id sessions.ID) (s *session, made bool, release func(), err error) {
	if _, err := sessions.ParseID(string(id)); err != nil {
		return nil, false, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, false, nil, err
	}
	if err := p.enter(); err != nil {
		return nil, false, nil, err
	}
	defer func() {
		if err != nil {
			p.work.Done()
		}
	}()
	w, err := p.workspace.Get(ctx)
	if err != nil {
		return nil, false, nil, p.wrap(err)
	}
	if id == p.opts.Keep {
		if _, err := p.kept.Get(ctx); err != nil {
			return nil, false, nil, p.wrap(err)
		}
	}
	err = p.withRoom(ctx, sessions.Owner(ctx), func() error {
		s, made, release, err = p.take(id, sessions.Owner(ctx), w)
		return err
	})
	return s, made, release, err
}

// take is acquireOrMake for a pool that is ready, and may be full.
func (p *Pool) take(id sessions.ID, owner string, w *sandbox.Workspace) (s *session, made bool, release func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, nil, sessions.ErrClosed
	}
	s = p.sessions[id]
	if s == nil {
		if err := p.admit(owner); err != nil {
			return nil, false, nil, err
		}
		if len(p.spares) == 0 && !p.fits(1) {
			return nil, false, nil, p.outOfMemory()
		}
		if s, err = p.begin(id, w); err != nil {
			return nil, false, nil, p.wrap(err)
		}
		s.owner = owner
		p.sessions[id] = s
		p.demand.note(now())
		p.wantSpares()
		made = !s.box.kept
	}
	s.uses++
	if s.cooldown != nil {
		s.cooldown.Stop()
	}
	return s, made, func() { p.release(s) }, nil
}

// enter begins a call that Close must wait for. p.work.Done ends it.
func (p *Pool) enter() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return sessions.ErrClosed
	}
	p.work.Add(1)
	return nil
}

func (p *Pool) newSession(id sessions.ID, b *box) *session {
	s := &session{
		id: id, box: b, created: now(), lastUsed: now(),
		turn: make(chan struct{}, 1),
		left: make(chan struct{}),
	}
	s.ctx, s.stop = context.WithCancel(p.ctx)
	return s
}

// release ends a use of the session. The last one starts its cooldown.
func (p *Pool) release(s *session) {
	defer p.work.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.uses--
	s.lastUsed = now()
	if s.uses > 0 || s.ctx.Err() != nil || p.closed {
		return
	}
	s.cooldown = time.AfterFunc(p.opts.Cooldown, func() { p.expire(s) })
}

// awake counts the sessions that do not sleep. The caller holds p.mu.
func (p *Pool) awake() int {
	n := 0
	for _, s := range p.sessions {
		if !s.asleep {
			n++
		}
	}
	return n
}

// rouse counts a session among those that are awake, if there is room for
// another one. The caller has the session's turn.
func (p *Pool) rouse(s *session) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !s.asleep {
		return nil
	}
	if err := p.admit(s.owner); err != nil {
		return err
	}
	if !p.fits(1) {
		return p.outOfMemory()
	}
	s.asleep = false
	return nil
}

// expire puts a session away whose cooldown is over, unless it was used again
// in the moment before. One that could not be put to sleep for as long as
// sleepers are kept is destroyed like them.
func (p *Pool) expire(s *session) {
	p.mu.Lock()
	if p.closed || s.uses > 0 || p.sessions[s.id] != s || time.Since(s.lastUsed) < p.opts.Cooldown {
		p.mu.Unlock()
		return
	}
	if p.opts.OnIdle == Hibernate && time.Since(s.lastUsed) <= max(p.opts.SleepAge, p.opts.Cooldown+sleepAgainMax) {
		p.work.Go(func() { p.hibernate(s) })
		p.mu.Unlock()
		return
	}
	delete(p.sessions, s.id)
	p.work.Go(func() { s.destroy() })
	p.wantSpares()
	p.mu.Unlock()
	p.opts.Logger.Debug().Msg("a session was unused for too long and is destroyed")
}

// destroy kills what runs in the session and removes its box.
func (s *session) destroy() {
	s.gone.Do(func() {
		s.stop()
		s.box.remove()
		close(s.left)
	})
	<-s.left
}

// Stop implements [sessions.Pool].
func (p *Pool) Stop(ctx context.Context, id sessions.ID) error {
	if _, err := sessions.ParseID(string(id)); err != nil {
		return err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return sessions.ErrClosed
	}
	s := p.sessions[id]
	if s == nil {
		p.mu.Unlock()
		return ctx.Err()
	}
	delete(p.sessions, id)
	if s.cooldown != nil {
		s.cooldown.Stop()
	}
	p.work.Go(func() { s.destroy() })
	p.wantSpares()
	p.mu.Unlock()
	select {
	case <-s.left:
		return nil
	case <-ctx.Done():
		return ctx.Err() // the destruction goes on
	}
}

// Describe implements [sessions.Pool].
func (p *Pool) Describe(ctx context.Context, id sessions.ID) (sessions.Session, error) {
	if _, err := sessions.ParseID(string(id)); err != nil {
		return sessions.Session{}, err
	}
	if err := ctx.Err(); err != nil {
		return sessions.Session{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return sessions.Session{}, sessions.ErrClosed
	}
	s := p.sessions[id]
	if s == nil {
		return sessions.Session{}, sessions.ErrNoSession
	}
	return p.describe(s), nil
}

// describe tells about a session. The caller holds p.mu.
func (p *Pool) describe(s *session) sessions.Session {
	return sessions.Session{
		ID:          s.id,
		Incarnation: s.box.incarnation,
		Created:     s.created,
		LastUsed:    s.lastUsed,
		Expires:     s.lastUsed.Add(p.opts.Cooldown),
	}
}
