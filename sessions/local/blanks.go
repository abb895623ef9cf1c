package local

// maxBlanks is how many blanks the pool keeps once a second session has begun: a server
// with one conversation needs none. They take 25 MB each, and spare a session that finds
// no spare a third of its start.
const maxBlanks = 2

// fitBlanks makes or removes blanks until there are as many as wanted. Like fitSpares it
// stops when a session waits for a sandbox.
func (p *Pool) fitBlanks() {
	for p.engine.Starting() == 0 {
		p.mu.Lock()
		missing := p.wantedBlanks() - len(p.blanks)
		p.mu.Unlock()
		if missing < 0 {
			p.dropBlank()
			continue
		}
		if missing == 0 || !p.addBlank() {
			return
		}
	}
}

// wantedBlanks returns how many blanks there should be. The caller holds p.mu.
func (p *Pool) wantedBlanks() int {
	if p.closed || p.opts.Isolation != GVisor || p.opts.maxWarm == 0 || p.begun < 2 || !p.fits(1) {
		return 0
	}
	return max(0, min(maxBlanks, p.opts.MaxSessions-p.awake()-p.reserved()-len(p.spares)-p.sparesBegun))
}

// addBlank makes another blank, and reports whether it has.
func (p *Pool) addBlank() bool {
	w, err := p.workspace.Get(p.ctx)
	if err != nil {
		return false
	}
	i, err := p.newInstance(w)
	if err != nil {
		p.opts.Logger.Error().Err(err).Msg("making a session ahead of need")
		return false
	}
	if err := i.interpreter.Prepare(); err != nil && p.ctx.Err() == nil {
		p.opts.Logger.Warn().Err(err).Msg("a sandbox did not start ahead of need; the next call tries again")
	}
	p.mu.Lock()
	kept := i.interpreter.Prepared() && !p.closed
	if kept {
		p.blanks = append(p.blanks, i)
	}
	p.mu.Unlock()
	if !kept {
		i.remove()
	}
	return kept
}

// takeBlank returns a blank that is no longer one, nil if there is none. The caller
// holds p.mu.
func (p *Pool) takeBlank() *instance {
	if len(p.blanks) == 0 {
		return nil
	}
	i := p.blanks[0]
	p.blanks = p.blanks[1:]
	return i
}

// dropBlank removes a blank, if there is one.
func (p *Pool) dropBlank() bool {
	p.mu.Lock()
	i := p.takeBlank()
	p.mu.Unlock()
	return p.discard(i)
}
