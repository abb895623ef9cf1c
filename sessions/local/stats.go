package local

// Stats say how many sessions and sandboxes there are in which state.
type Stats struct {
	InUse  int // awake, with calls under way
	Idle   int // awake, without
	Asleep int
	Kept   int // awake, that lose only their next run should it kill the interpreter
	Spares int // sandboxes that wait for a session
	// Starting is how many sessions wait for an interpreter.
	Starting int
}

// Stats counts the sessions at this moment.
func (p *Pool) Stats() Stats {
	st := Stats{Starting: p.engine.Starting()}
	p.mu.Lock()
	defer p.mu.Unlock()
	st.Spares = len(p.spares)
	for _, s := range p.sessions {
		if s.phase != asleep && s.instance != nil && s.instance.interpreter.Kept() {
			st.Kept++
		}
		switch {
		case s.phase == asleep:
			st.Asleep++
		case s.uses > 0:
			st.InUse++
		default:
			st.Idle++
		}
	}
	return st
}
