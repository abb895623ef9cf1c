package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/interpreter"
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

// resume finds the box of the kept session as the last server has left it, and
// has the session be what that is. Nobody else has it meanwhile.
func (p *Pool) resume(s *session, k *kept) (o opened, err error) {
	if s.before != nil {
		s.before.waitLeft() // its box is in the same folder
		s.before = nil
	}
	used, started, err := k.lastUsed()
	if err != nil {
		return o, err
	}
	found := time.Since(used) <= p.opts.SleepAge
	r, err := k.take(found, used, p.opts.folders)
	if err != nil {
		return o, err
	}
	i, err := p.openInstance(interpreter.Place{Dir: k.box(), Hostname: r.Hostname, Incarnation: r.Incarnation, Durable: true})
	if err != nil {
		return o, err
	}
	s.created = r.Created
	if found {
		p.opts.Logger.Info().Msg("the session of an earlier server goes on")
	}
	hibernated, err := i.interpreter.Find()
	switch {
	case err != nil:
		i.files.Close()
		return o, err // to go on without it would be to find it later, and out of date
	case hibernated:
		return opened{i, asleep, sleep{since: used, size: i.interpreter.StateSize()}}, nil
	case started && found:
		s.restart = sessions.RestartDied
		return opened{inst: i, phase: idle}, nil
	}
	return opened{inst: i, phase: fresh}, nil
}

// noteUse takes down that code runs in a kept box, for the next server.
func (i *instance) noteUse() {
	if !i.named {
		return
	}
	path, at := filepath.Join(i.dir, keptUsed), time.Now()
	if os.Chtimes(path, at, at) != nil {
		_ = os.WriteFile(path, nil, 0o600)
	}
}

// warmKept makes the kept session before it is asked for, with an interpreter,
// unless it sleeps: the next who needs it wakes it.
func (p *Pool) warmKept() {
	if p.engine.Ready(p.ctx) != nil {
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
	if !s.inst.interpreter.Hibernated() {
		s.inst.interpreter.Begin()
	}
	p.engine.PrepareToHibernate() // at the end there is no time for it
}

// reserved returns how many places are not for spares, as the kept session will
// need one and takes no spare. The caller holds p.mu.
func (p *Pool) reserved() int {
	if p.opts.Keep == "" {
		return 0
	}
	if s := p.sessions[p.opts.Keep]; s != nil && s.phase != asleep {
		return 0
	}
	return 1
}

// keep puts the kept session to sleep at the end of the pool, whose other
// sessions are in live. It is then no longer one of them. Its turn is not given
// back: whoever waits for it learns that the pool is closed.
func (p *Pool) keep(live map[sessions.ID]*session) {
	s := live[p.opts.Keep]
	if s == nil {
		return
	}
	<-s.opened
	if s.failed != nil {
		return // destroying it is enough
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
	p.mu.Lock()
	s.become(gone)
	p.mu.Unlock()
	p.work.Go(func() { s.end((*instance).close) })
}

// sleepNow writes the kept session's state, unless it sleeps already.
func (p *Pool) sleepNow(s *session, late <-chan time.Time) {
	if !s.inst.interpreter.StartedBefore(late) || s.inst.interpreter.Hibernated() {
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
	k, ok := p.kept.Made()
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
