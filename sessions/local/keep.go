package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// Keeping a session
//
// The session that Options.Keep names has a box in the cache folder, which is
// made, or found, when it is first wanted. What a server leaves behind:
//
//	it closed its pool, or the session slept    state    woken by the next execution
//	it was killed while the session was awake   no state variables are lost, and that is said
//	another version of it, or other settings    state    left alone until code is executed, and used up then:
//	                                                     variables are lost, and that is said
//
// In either case the files are there.

// keepGrace is how long code that still runs may hold up the end of the pool.
// Clients kill a server two seconds after they have closed its input.
const keepGrace = time.Second

// makeKept is what Pool.kept makes.
func (p *Pool) makeKept() (*kept, error) {
	if p.opts.Isolation != GVisor {
		return nil, errors.New("without isolation a session cannot be kept: its variables cannot be written to disk")
	}
	if err := p.openCache(); err != nil {
		return nil, err
	}
	return openKept(p.ctx, p.opts.CacheDir, p.opts.Keep)
}

// begin makes the session of an ID that has none, or finds the one that was
// kept. The caller holds p.mu.
func (p *Pool) begin(id sessions.ID, w *sandbox.Workspace) (*session, error) {
	if k, ok := p.kept.made(); ok && id == p.opts.Keep {
		return p.resume(k)
	}
	b, err := p.takeBox(w)
	if err != nil {
		return nil, err
	}
	return p.newSession(id, b), nil
}

// resume makes the kept session from what the last server has left.
func (p *Pool) resume(k *kept) (*session, error) {
	used, started, err := k.lastUsed()
	if err != nil {
		return nil, err
	}
	found := time.Since(used) <= p.opts.SleepAge
	r, err := k.take(found, used)
	if err != nil {
		return nil, err
	}
	started = started && found
	b := p.boxAt(k.box(), r.Incarnation)
	b.hostname, b.kept = r.Hostname, true
	if err := b.open(); err != nil {
		return nil, err
	}
	s := p.newSession(p.opts.Keep, b)
	s.created, s.started = r.Created, started
	if found {
		p.opts.Logger.Info().Msg("the session of an earlier server goes on")
	}
	_ = os.Remove(b.partial())
	switch _, err := os.Lstat(b.state()); {
	case err == nil:
		b.sleeping.Store(true)
		s.started, s.asleep, s.sleptAt, s.stateSize = true, true, used, b.stateSize()
	case !errors.Is(err, os.ErrNotExist):
		b.root.Close()
		return nil, err // to go on without it would be to find it later, and out of date
	case started:
		s.restart = sessions.RestartDied
	}
	return s, nil
}

// noteUse takes down that code runs in a kept box, for the next server.
func (b *box) noteUse() {
	if !b.kept {
		return
	}
	path, at := filepath.Join(b.dir, keptUsed), time.Now()
	if os.Chtimes(path, at, at) != nil {
		_ = os.WriteFile(path, nil, 0o600)
	}
}

// warmKept makes the kept session before it is asked for, with an interpreter,
// unless it sleeps: the next who needs it wakes it.
func (p *Pool) warmKept() {
	e, err := p.engine.get(p.ctx)
	if err != nil {
		return
	}
	s, release, err := p.acquire(p.ctx, p.opts.Keep)
	if err != nil {
		if p.ctx.Err() == nil {
			p.opts.Logger.Warn().Err(err).Msg("the session cannot be had yet; the next call tries again")
		}
		return
	}
	defer release()
	if !s.box.sleeping.Load() {
		s.box.interpreter.begin()
	}
	// At the end there is no time for it.
	if b, err := e.snapshots.Current(); err == nil {
		_ = b.Prepare() // if it fails so does putting to sleep, which says so
	}
}

// reserved returns how many places are not for spares, as the kept session will
// need one and takes no spare. The caller holds p.mu.
func (p *Pool) reserved() int {
	if p.opts.Keep == "" {
		return 0
	}
	if s := p.sessions[p.opts.Keep]; s != nil && !s.asleep {
		return 0
	}
	return 1
}

// keep puts the kept session to sleep at the end of the pool, whose other
// sessions are in live. It is then no longer one of them. Its turn is not given
// back: whoever waits for it learns that the pool is closed.
func (p *Pool) keep(live map[sessions.ID]*session) {
	s := live[p.opts.Keep]
	if s == nil || !s.box.kept {
		return
	}
	delete(live, p.opts.Keep)
	late := time.NewTimer(keepGrace)
	defer late.Stop()
	select {
	case s.turn <- struct{}{}:
		p.sleepNow(s, late.C)
	case <-late.C:
		p.opts.Logger.Warn().Msg("code was still running in the session at the end; its variables are lost, its files are kept")
	}
	p.work.Go(func() {
		s.gone.Do(func() {
			s.stop()
			s.box.leave()
			close(s.left)
		})
	})
}

// sleepNow writes the kept session's state, unless it sleeps already.
func (p *Pool) sleepNow(s *session, late <-chan time.Time) {
	if a := s.box.interpreter.latest(); a != nil {
		select {
		case <-a.done: // it was being started or woken
		case <-late:
			return
		}
	}
	if s.box.sleeping.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, keepGrace)
	defer cancel()
	if err := p.putToSleep(ctx, s); err != nil {
		p.opts.Logger.Warn().Err(err).Msg("the session could not be put to sleep; its variables are lost, its files are kept")
	}
}

// closeKept gives the kept session up to the next server, or removes its folder
// if it has never been used.
func (p *Pool) closeKept() error {
	k, ok := p.kept.made()
	if !ok {
		return nil
	}
	_, used, err := k.lastUsed()
	files, readErr := os.ReadDir(filepath.Join(k.box(), "data"))
	unused := err == nil && !used && len(files) == 0 && (readErr == nil || errors.Is(readErr, os.ErrNotExist))
	if unused {
		ctx, cancel := context.WithTimeout(context.Background(), keepGrace)
		defer cancel()
		return k.remove(ctx)
	}
	return k.lock.Close()
}
