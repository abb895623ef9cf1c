package interpreter

import "time"

// longRun is how long code may run before it is deprioritized for the sessions
// beside it, of which most want a short answer.
const longRun = time.Second

// deprioritize has the program run after others, once it has run for long and
// there are other sessions that could suffer from it. A lone one is left as it is,
// since the way back may be closed.
func (r *Run) deprioritize() {
	process, can := r.Live.process.(deprioritizer)
	if !can || r.Live.deprioritized || time.Since(r.began) < longRun || !r.Shared() {
		return
	}
	// What fails now, as when the kernel limits how often this is done, is tried
	// again at the next tick.
	r.Live.deprioritized = process.SetBackground(true) == nil
}

// restorePriority has the program run like all others before it is given code.
func (l *Live) restorePriority() {
	if l.deprioritized {
		l.deprioritized = l.process.(deprioritizer).SetBackground(false) != nil
	}
}
