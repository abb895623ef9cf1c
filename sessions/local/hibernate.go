package local

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// OnIdle says what becomes of a session that nobody has used for its cooldown.
type OnIdle string

// What becomes of it.
const (
	// Hibernate writes the session to disk and frees its memory. The next
	// execution wakes it with everything as it was.
	Hibernate OnIdle = "hibernate"
	// Destroy removes the session, as Azure does.
	Destroy OnIdle = "destroy"
)

// Hibernation
//
//	           cooldown: checkpoint                 Execute: restore
//	  awake ───────────────────────────▶ asleep ────────────────────▶ awake
//	    ▲                                  │  │
//	    └── file operations leave it asleep┘  └── too old, or no room: destroyed
//
// A session that is frozen, since nothing is left running in it, is put to sleep
// before its cooldown is over when the pool is full and another one is wanted.
//
// A sleeping session has a state in its box's folder, which is a few megabytes
// at most unless the session holds more than that, no process and no memory. It
// does not count as one of the sessions that the pool may hold.

// hibernate puts a session to sleep whose cooldown is over, unless somebody
// uses it again by now.
func (p *Pool) hibernate(s *session) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-s.ctx.Done():
		return
	}
	p.retire(s)
}

// retire puts a session to sleep that nobody uses. The caller has its turn.
func (p *Pool) retire(s *session) (done bool) {
	p.mu.Lock()
	wanted := s.uses == 0 && s.ctx.Err() == nil
	p.mu.Unlock()
	if !wanted || s.asleep {
		return false
	}
	if err := p.putToSleep(s); err != nil {
		if p.ctx.Err() == nil {
			p.opts.Logger.Warn().Err(err).Msg("a session could not be put to sleep; its variables are lost, its files are kept")
		}
		if s.started {
			s.restart = sessions.RestartSleep
		}
		s.box.discard()
		s.box.forget()
	}
	size := fileSize(s.box.state())
	p.mu.Lock()
	s.asleep, s.sleptAt, s.stateSize = true, time.Now(), size
	p.mu.Unlock()
	p.wantSpares()
	p.dropSleepers()
	return true
}

// putToSleep writes the interpreter's state and ends it.
func (p *Pool) putToSleep(s *session) error {
	s.endVigil()
	in, ok := s.box.interpreter.made()
	if !ok || !s.started {
		s.box.discard()
		return nil // there is nothing to keep but the files
	}
	box, isSandbox := in.process.(*sandbox.Sandbox)
	if !isSandbox {
		return fmt.Errorf("without isolation there is no hibernation")
	}
	in.thaw()
	e, err := p.engine.get(p.ctx)
	if err != nil {
		return err
	}
	dir, err := p.imageFolder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(p.ctx, checkpointTimeout)
	defer cancel()
	if err := box.Checkpoint(ctx, dir); err != nil {
		return err
	}
	box.Kill() // it has ended; this waits for the last of it
	s.box.interpreter.reset()
	if err := e.saveState(s.box, dir); err != nil {
		return err
	}
	s.box.sleeping.Store(true)
	return nil
}

// imageFolder makes a folder for a checkpoint, which is there for a moment only:
// mostly it never reaches the disk.
func (p *Pool) imageFolder() (string, error) {
	w, err := p.workspace.get(p.ctx)
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(w.Dir(), "image-")
}

// wake restores the interpreter of a box that sleeps. It can be woken once: then
// it goes on, and its state is removed. Only if the pool is closed meanwhile is
// the state left for the next.
func (p *Pool) wake(e *engine, b *box) (*interpreter, error) {
	in, err := p.restoreState(e, b)
	if err == nil || p.ctx.Err() == nil {
		b.sleeping.Store(false)
		b.forget()
	}
	return in, err
}

func (p *Pool) restoreState(e *engine, b *box) (*interpreter, error) {
	dir, err := p.imageFolder()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// The processes come up while the state is put together.
	blank, err := e.runtime.Create(e.spec(b))
	if err != nil {
		return nil, err
	}
	if err := p.loadState(e, b, dir); err != nil {
		blank.Kill()
		return nil, err
	}
	s, err := blank.Restore(dir)
	if err != nil {
		return nil, err
	}
	return p.connect(s, true)
}

// dropSleepers destroys the sessions that have slept the longest, as long as
// what sleeps takes more of the disk than it may, and those that have slept too
// long.
func (p *Pool) dropSleepers() {
	var sleepers []*session
	var total int64
	p.mu.Lock()
	for _, s := range p.sessions {
		if s.asleep && s.uses == 0 {
			sleepers = append(sleepers, s)
			total += s.stateSize
		}
	}
	slices.SortFunc(sleepers, func(a, b *session) int { return a.sleptAt.Compare(b.sleptAt) })
	var dropped []*session
	for _, s := range sleepers {
		if total <= p.opts.SleepDisk && time.Since(s.sleptAt) <= p.opts.SleepAge {
			break
		}
		total -= s.stateSize
		delete(p.sessions, s.id)
		dropped = append(dropped, s)
	}
	p.mu.Unlock()
	for _, s := range dropped {
		p.opts.Logger.Info().Msg("a sleeping session is destroyed: it slept for too long, or there is no room for more")
		s.destroy()
	}
}

// Asleep reports whether a session hibernates.
func (p *Pool) Asleep(id sessions.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	return s != nil && s.asleep
}
