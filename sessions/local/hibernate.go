package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
// A sleeping session has a state in its box's folder, no process and no memory.
// It does not count as one of the sessions that the pool may hold.

// state is the folder in which a sleeping interpreter lies.
func (b *box) state() string { return filepath.Join(b.dir, "state") }

// hibernate puts a session to sleep whose cooldown is over, unless somebody
// uses it again by now.
func (p *Pool) hibernate(s *session) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-s.ctx.Done():
		return
	}
	p.mu.Lock()
	wanted := s.uses == 0 && s.ctx.Err() == nil
	p.mu.Unlock()
	if !wanted || s.asleep {
		return
	}
	if err := p.putToSleep(s); err != nil {
		p.opts.Logger.Warn().Err(err).Msg("a session could not be put to sleep; its variables are lost, its files are kept")
		if s.started {
			s.restart = sessions.RestartSleep
		}
		s.box.discard()
		_ = os.RemoveAll(s.box.state())
	}
	p.mu.Lock()
	s.asleep, s.sleptAt = true, time.Now()
	p.mu.Unlock()
	p.work.Go(p.refill)
	p.dropSleepers()
}

// putToSleep writes the interpreter's state and ends it.
func (p *Pool) putToSleep(s *session) error {
	in, ok := s.box.interpreter.made()
	if !ok || !s.started {
		s.box.discard()
		return nil // there is nothing to keep but the files
	}
	box, isSandbox := in.process.(*sandbox.Sandbox)
	if !isSandbox {
		return fmt.Errorf("without isolation there is no hibernation")
	}
	ctx, cancel := context.WithTimeout(p.ctx, checkpointTimeout)
	defer cancel()
	if err := box.Checkpoint(ctx, s.box.state()); err != nil {
		return err
	}
	box.Kill() // it has ended; this waits for the last of it
	s.box.interpreter.reset()
	if err := writeSums(s.box.state()); err != nil {
		return err
	}
	s.box.sleeping.Store(true)
	return nil
}

// wake restores the interpreter of a box that sleeps.
func (p *Pool) wake(e *engine, b *box) (*interpreter, error) {
	defer os.RemoveAll(b.state()) // it can be woken once: then it goes on
	b.sleeping.Store(false)
	if err := verifySnapshot(b.state()); err != nil {
		return nil, fmt.Errorf("the state of a sleeping session: %w", err)
	}
	s, err := e.runtime.Restore(e.spec(b), b.state())
	if err != nil {
		return nil, err
	}
	return p.connect(s, true)
}

// dropSleepers destroys the sessions that have slept the longest, as long as
// what sleeps takes more of the disk than it may, and those that have slept too
// long.
func (p *Pool) dropSleepers() {
	type sleeper struct {
		s    *session
		size int64
	}
	var sleepers []sleeper
	var total int64
	p.mu.Lock()
	for _, s := range p.sessions {
		if s.asleep && s.uses == 0 {
			size := folderSize(s.box.state())
			sleepers = append(sleepers, sleeper{s, size})
			total += size
		}
	}
	slices.SortFunc(sleepers, func(a, b sleeper) int { return a.s.sleptAt.Compare(b.s.sleptAt) })
	var dropped []*session
	for _, z := range sleepers {
		if total <= p.opts.SleepDisk && time.Since(z.s.sleptAt) <= p.opts.SleepAge {
			break
		}
		total -= z.size
		delete(p.sessions, z.s.id)
		dropped = append(dropped, z.s)
	}
	p.mu.Unlock()
	for _, s := range dropped {
		p.opts.Logger.Info().Msg("a sleeping session is destroyed: it slept for too long, or there is no room for more")
		s.destroy()
	}
}

// folderSize returns the room that the files of a flat folder take.
func folderSize(dir string) int64 {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	var size int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			size += diskBytes(info)
		}
	}
	return size
}

// Asleep reports whether a session hibernates.
func (p *Pool) Asleep(id sessions.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	return s != nil && s.asleep
}
