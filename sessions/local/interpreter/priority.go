package local

import "time"

// backgroundAfter is how long code may run before it gives way to the sessions
// beside it, of which most want a short answer.
const backgroundAfter = time.Second

// A backgrounder is a process that can be made to give way to others.
type backgrounder interface{ SetBackground(on bool) error }

// giveWay puts the run's program into the background once it has run for long
// and there are other sessions that could suffer from it. A lone one is left
// as it is, since the way back may be closed.
func (r *run) giveWay() {
	process, can := r.interpreter.process.(backgrounder)
	if !can || r.interpreter.background || time.Since(r.began) < backgroundAfter || !r.pool.shared() {
		return
	}
	// What fails now, as when the kernel limits how often this is done, is tried
	// again at the next tick.
	r.interpreter.background = process.SetBackground(true) == nil
}

// comeBack takes the program out of the background before it is given code.
func (in *interpreter) comeBack() {
	if in.background {
		in.background = in.process.(backgrounder).SetBackground(false) != nil
	}
}

// shared reports whether several sessions are awake.
func (p *Pool) shared() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.awake() > 1
}
