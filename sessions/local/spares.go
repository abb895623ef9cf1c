package local

import "slices"

// The pool keeps sandboxes ahead of need. One goroutine makes them, one after
// the other and only while no session waits for a sandbox of its own, so that
// calls are slowed as little as possible.

// keepSpares makes and removes spares until the pool is closed.
func (p *Pool) keepSpares() {
	if err := p.engine.Ready(p.ctx); err != nil && p.ctx.Err() == nil {
		p.opts.Logger.Warn().Err(err).Msg("no sessions can be had yet; the next call tries again")
	}
	p.wantSpares()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-p.refill:
			p.fitSpares()
		}
	}
}

// wantSpares tells keepSpares that there may be too few spares, or too many.
func (p *Pool) wantSpares() {
	select {
	case p.refill <- struct{}{}:
	default: // it is going to
	}
}

// fitSpares makes or removes spares until there are as many as wanted. It stops when
// a session waits for a sandbox: wantSpares is called again when that one has it.
func (p *Pool) fitSpares() {
	if !p.engine.IsReady() {
		return
	}
	p.dropSpares()
	for p.engine.Starting() == 0 {
		i, err := p.addSpare()
		if err != nil && p.ctx.Err() == nil {
			p.opts.Logger.Error().Err(err).Msg("making a spare session")
		}
		if i == nil {
			p.fitBlanks()
			return
		}
		if _, err := i.interpreter.Get(p.ctx); err != nil {
			if p.ctx.Err() == nil {
				p.opts.Logger.Warn().Err(err).Msg("a spare session did not start; the next call tries again")
			}
			return
		}
	}
}

// addSpare begins to make another spare, and returns it, or nil if there are enough
// or a session could not take it.
func (p *Pool) addSpare() (*instance, error) {
	w, err := p.workspace.Get(p.ctx)
	if err != nil {
		return nil, err
	}
	if !p.reserveSpare() {
		return nil, nil
	}
	i, err := p.newInstance(w)
	p.mu.Lock()
	p.sparesBegun--
	ok := err == nil && !p.closed
	if ok {
		p.spares = append(p.spares, i)
		i.interpreter.Begin()
	}
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if !ok {
		i.remove()
		return nil, nil
	}
	return i, nil
}

// reserveSpare takes a place for another spare if one is wanted.
func (p *Pool) reserveSpare() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.spares)+p.sparesBegun >= p.wanted() || !p.fits(1) {
		return false
	}
	p.sparesBegun++
	return true
}

// dropSpares removes the spares that are not wanted any more.
func (p *Pool) dropSpares() {
	p.mu.Lock()
	var dropped []*instance
	if n := p.wanted(); !p.closed && n < len(p.spares) {
		dropped = append(dropped, p.spares[n:]...)
		p.spares = p.spares[:n]
	}
	p.mu.Unlock()
	for _, i := range dropped {
		i.remove()
	}
}

// wanted returns how many spares there should be. The caller holds p.mu.
func (p *Pool) wanted() int {
	return max(0, min(p.demand.want(now()), p.opts.MaxSessions-p.awake()-p.reserved()))
}

// bestSpare returns a spare, one that is ready if possible, or nil. The caller
// holds p.mu.
func (p *Pool) bestSpare() *instance {
	for _, i := range p.spares {
		if _, ready := i.interpreter.Live(); ready {
			return i
		}
	}
	if len(p.spares) > 0 {
		return p.spares[0]
	}
	return nil
}

// takeSpare returns a spare that is no longer one, nil if there is none. The
// caller holds p.mu.
func (p *Pool) takeSpare() *instance {
	i := p.bestSpare()
	if i != nil {
		p.spares = without(p.spares, i)
	}
	return i
}

// without returns all instances except one.
func without(all []*instance, i *instance) []*instance {
	return slices.DeleteFunc(all, func(other *instance) bool { return other == i })
}

// freezeSpares stops the spares whose start is over.
func (p *Pool) freezeSpares() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.spares {
		if live, ok := i.interpreter.Live(); ok && live.WarmedUp() {
			live.Freeze()
		}
	}
}
