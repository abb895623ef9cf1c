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

// The named session
//
// The session that Options.Named names has an instance in the cache folder, which is
// made, or found, when it is first wanted. What a server leaves behind:
//
//	it closed its pool, or the session slept    state    woken by the next execution
//	it was killed while the session was awake   no state variables are lost, and the next execution says so
//	another version of it, or other settings    state    left alone until code is executed, and used up then:
//	                                                     variables are lost, and that execution says so
//
// In all cases the files are there.

// namedGrace is how long code that still runs may hold up the end of the pool.
// Clients kill a server two seconds after they have closed its input.
const namedGrace = time.Second

// openNamed is what Pool.named makes.
func (p *Pool) openNamed() (*namedFolder, error) {
	if !p.opts.Isolation.Sandboxed() {
		return nil, errors.New("without isolation a session cannot be kept: its variables cannot be written to disk")
	}
	if err := p.openCache(); err != nil {
		return nil, err
	}
	return openNamedFolder(p.ctx, p.opts.CacheDir, p.opts.Named)
}

// resume finds the instance of the named session as the last server has left it, and
// the phase in which that is. Nobody else has it meanwhile.
func (p *Pool) resume(s *session, f *namedFolder) (o opened, err error) {
	if s.before != nil {
		s.before.waitLeft() // its instance is in the same folder
		s.before = nil
	}
	used, ran, err := f.lastUsed()
	if err != nil {
		return o, err
	}
	found := time.Since(used) <= p.opts.SleepAge
	r, err := f.take(found, used, p.opts.folders)
	if err != nil {
		return o, err
	}
	i, err := p.openInstance(interpreter.Place{Dir: f.instance(), Hostname: r.Hostname, Incarnation: r.Incarnation, Durable: true, Key: r.Key})
	if err != nil {
		return o, err
	}
	s.created = r.Created
	stopped, err := f.takeStopped(r)
	if err != nil {
		i.files.Close()
		return o, err
	}
	s.stopped.Store(stopped)
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
	case ran && found:
		s.restart = sessions.RestartDied
		return opened{instance: i, phase: idle}, nil
	}
	return opened{instance: i, phase: fresh}, nil
}

// touch records, for the next server, that code runs in a named session.
func (i *instance) touch() {
	if !i.named {
		return
	}
	path, at := filepath.Join(i.dir, usedFile), time.Now()
	if os.Chtimes(path, at, at) != nil {
		_ = os.WriteFile(path, nil, 0o600)
	}
}

// warmNamed opens the named session before it is asked for, and starts its
// interpreter unless it sleeps: the next call that needs it wakes it.
func (p *Pool) warmNamed() {
	if p.engine.Ready(p.ctx) != nil {
		return
	}
	s, release, err := p.acquire(p.ctx, p.opts.Named)
	if err != nil {
		if p.ctx.Err() == nil {
			p.opts.Logger.Warn().Err(err).Msg("the session is not available yet; the next call tries again")
		}
		return
	}
	defer release()
	if !s.instance.interpreter.Hibernated() {
		s.instance.interpreter.Begin()
	}
	p.engine.PrepareToHibernate() // at the end there is no time for it
}

// reserved returns how many places are not for spares, since the named session will
// need one and takes no spare. The caller holds p.mu.
func (p *Pool) reserved() int {
	if p.opts.Named == "" {
		return 0
	}
	if s := p.sessions[p.opts.Named]; s != nil && s.phase != asleep {
		return 0
	}
	return 1
}

// closeNamed puts the named session to sleep at the end of the pool, whose sessions
// are in live. It is then no longer one of them. Its turn is not given back: whoever
// waits for it learns that the pool is closed.
func (p *Pool) closeNamed(live map[sessions.ID]*session) {
	s := live[p.opts.Named]
	if s == nil {
		return
	}
	<-s.opened
	if s.failed != nil {
		return // to end it like the others is enough
	}
	delete(live, p.opts.Named)
	late := time.NewTimer(namedGrace)
	defer late.Stop()
	defer p.noteStopped(s)
	select {
	case s.turn <- struct{}{}:
		p.putToSleepBefore(s, late.C)
	case <-late.C:
		p.opts.Logger.Warn().Msg("code was still running in the session at the end; its variables are lost, its files are kept")
	}
	p.mu.Lock()
	s.become(gone)
	p.mu.Unlock()
	p.work.Go(func() { s.end((*instance).close) })
}

// putToSleepBefore writes the named session's state, unless it sleeps already or it
// gets late.
func (p *Pool) putToSleepBefore(s *session, late <-chan time.Time) {
	if !s.instance.interpreter.StartedBefore(late) || s.instance.interpreter.Hibernated() {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, namedGrace)
	defer cancel()
	if err := p.putToSleep(ctx, s); err != nil {
		p.opts.Logger.Warn().Err(err).Msg("the session could not be put to sleep; its variables are lost, its files are kept")
	}
}

// releaseNamed gives the named session up to the next server, or removes its folder
// if it has never been used.
func (p *Pool) releaseNamed() error {
	f, ok := p.named.Made()
	if !ok {
		return nil
	}
	_, ran, err := f.lastUsed()
	files, readErr := os.ReadDir(filepath.Join(f.instance(), "data"))
	unused := err == nil && !ran && len(files) == 0 && (readErr == nil || errors.Is(readErr, os.ErrNotExist))
	if unused {
		ctx, cancel := context.WithTimeout(context.Background(), namedGrace)
		defer cancel()
		return f.remove(ctx)
	}
	return f.lock.Close()
}
