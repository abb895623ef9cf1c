package local

import (
	"context"
	"sync/atomic"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// A session is what the pool has for one ID.
type session struct {
	id       sessions.ID
	owner    string    // whose it is; see sessions.WithOwner
	instance *instance // guarded by the pool's mu until opened is closed
	created  time.Time
	opened   chan struct{} // closed when the instance is there, or cannot be opened
	failed   error         // why it cannot; set before opened is closed
	before   *session      // the one of the same name that ended before it; nil for all but the named session
	turn     chan struct{} // holds one token while an execution runs; the queue is in order

	ctx  context.Context // ends when the session does
	stop context.CancelFunc
	left chan struct{} // closed when the instance is removed

	life // guarded by the pool's mu

	// For a named session, see stopped.go:
	mark    atomic.Pointer[runMark]
	stopped atomic.Pointer[sessions.StoppedRun] // what the next answer tells

	// Guarded by turn:
	restart      sessions.Restart    // why the next execution begins in a fresh one
	rollback     *sessions.Rollback  // to what its interpreter went back that no answer has told; Pending if it has yet to
	rolledBackTo *sessions.Variables // what that has, nil if unknown
	untold       *sessions.Disk      // what the last answer came too early to say
	endWatch     func()              // ends the watch over the disk while no execution runs; nil if there is none
}

// acquire is acquireOrMake for callers who do not care whether the session was there.
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
	if id == p.opts.Named {
		if _, err := p.named.Get(ctx); err != nil {
			return nil, false, nil, p.wrap(err)
		}
	}
	err = p.admit(ctx, sessions.Owner(ctx), func() error {
		s, made, err = p.reserve(id, sessions.Owner(ctx), w)
		return err
	})
	if err != nil {
		return nil, false, nil, err
	}
	if err := s.waitOpened(ctx); err != nil {
		p.endUse(s)
		return nil, false, nil, err
	}
	return s, made && !s.instance.named, func() { p.release(s) }, nil
}

// reserve begins a use of the session of an ID. If there is none it takes a place
// for a new one and has its instance opened. That may take a while, if the disk is
// slow: only those who want this session wait for it.
func (p *Pool) reserve(id sessions.ID, owner string, w *sandbox.Workspace) (s *session, made bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, sessions.ErrClosed
	}
	s = p.sessions[id]
	if s == nil {
		if err := p.checkCapacity(owner); err != nil {
			return nil, false, err
		}
		if len(p.spares) == 0 && !p.fits(1) {
			return nil, false, p.outOfMemory()
		}
		s, made = p.newSession(id, owner), true
		p.begun++
		p.sessions[id] = s
		if id == p.opts.Named {
			s.before, p.lastNamed = p.lastNamed, s
		}
		p.beginOpening(s, w)
	}
	s.hold()
	return s, made, nil
}

// beginOpening gives a session a spare, or has its instance made or found. The caller
// holds p.mu.
func (p *Pool) beginOpening(s *session, w *sandbox.Workspace) {
	if s.id != p.opts.Named {
		i := p.takeSpare()
		if i == nil {
			i = p.takeBlank()
		}
		if i != nil {
			p.publish(s, opened{instance: i, phase: fresh})
			return
		}
	}
	s.hold() // it is not unused until it is opened
	p.work.Go(func() {
		defer p.endUse(s)
		o, err := p.open(s, w)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			p.publish(s, o)
			return
		}
		if p.sessions[s.id] == s {
			delete(p.sessions, s.id)
		}
		s.become(gone)
		s.failed = p.wrap(err)
		s.stop()
		close(s.opened)
	})
}

// An opened is what a session begins with.
type opened struct {
	instance *instance
	phase    phase // fresh; that of a named session may be idle or asleep
	sleep    sleep
}

// open makes the instance of a new session, or finds that of the named one.
func (p *Pool) open(s *session, w *sandbox.Workspace) (opened, error) {
	if k, ok := p.named.Made(); ok && s.id == p.opts.Named {
		return p.resume(s, k)
	}
	i, err := p.newInstance(w)
	return opened{instance: i, phase: fresh}, err
}

// publish makes a session available with what it begins with. The caller holds p.mu.
func (p *Pool) publish(s *session, o opened) {
	s.instance, s.sleep = o.instance, o.sleep
	s.become(o.phase)
	close(s.opened)
	p.demand.note(now())
	p.wantSpares()
}

// waitLeft waits until nothing is left of a session that has ended.
func (s *session) waitLeft() {
	<-s.opened
	if s.failed == nil {
		<-s.left
	}
}

// waitOpened waits until the session has its instance.
func (s *session) waitOpened(ctx context.Context) error {
	select {
	case <-s.opened:
		return s.failed
	case <-ctx.Done():
		return ctx.Err()
	}
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

// newSession returns a session that has no instance yet.
func (p *Pool) newSession(id sessions.ID, owner string) *session {
	s := &session{
		id: id, owner: owner, created: now(), life: life{phase: opening, lastUsed: now()},
		opened: make(chan struct{}),
		turn:   make(chan struct{}, 1),
		left:   make(chan struct{}),
	}
	s.ctx, s.stop = context.WithCancel(p.ctx)
	return s
}

// release ends a call's use of the session.
func (p *Pool) release(s *session) {
	defer p.work.Done()
	p.endUse(s)
}

// endUse ends a use of the session. The last one starts its cooldown.
func (p *Pool) endUse(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.uses--
	s.lastUsed = now()
	if s.uses > 0 || s.phase == gone || p.closed {
		return
	}
	s.cooldown = time.AfterFunc(p.opts.Cooldown, func() { p.expire(s) })
}

// expire puts a session to sleep whose cooldown is over, or removes it, unless it was
// used again in the moment before. One that could not be put to sleep for SleepAge is
// removed, as a sleeper would be.
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
	p.remove(s)
	p.mu.Unlock()
	p.opts.Logger.Debug().Msg("a session was unused for too long and is removed")
}

// remove takes a session out of the pool, and has what is left of it removed. The
// caller holds p.mu, and has found the session in the pool.
func (p *Pool) remove(s *session) {
	delete(p.sessions, s.id)
	s.become(gone)
	s.stopCooldown()
	p.work.Go(func() { s.end((*instance).remove) })
	p.wantSpares()
}

// end ends what runs in a session that is gone, and then does something with its
// instance. It is called once.
func (s *session) end(then func(*instance)) {
	s.stop()
	<-s.opened
	if s.failed == nil {
		then(s.instance)
	}
	close(s.left)
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
	p.remove(s)
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
	if s == nil || s.instance == nil { // one that is being opened is not there yet
		return sessions.Session{}, sessions.ErrNoSession
	}
	return p.describe(s), nil
}

// describe tells about a session. The caller holds p.mu.
func (p *Pool) describe(s *session) sessions.Session {
	return sessions.Session{
		ID:          s.id,
		Incarnation: s.instance.incarnation,
		Created:     s.created,
		LastUsed:    s.lastUsed,
		Expires:     s.lastUsed.Add(p.opts.Cooldown),
	}
}
