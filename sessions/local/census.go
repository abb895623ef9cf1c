package local

// A Census says how many sessions there are in which state.
type Census struct {
	InUse  int // awake, with calls under way
	Idle   int // awake, without
	Asleep int
	Warm   int // sandboxes that wait for a session
	// Starting is how many sandboxes wait for their turn to start.
	Starting int
}

// Census counts the sessions at this moment.
func (p *Pool) Census() Census {
	c := Census{Starting: p.starts.waiting()}
	p.mu.Lock()
	defer p.mu.Unlock()
	c.Warm = len(p.spares)
	for _, s := range p.sessions {
		switch {
		case s.asleep:
			c.Asleep++
		case s.uses > 0:
			c.InUse++
		default:
			c.Idle++
		}
	}
	return c
}
