package interpreter

import "time"

// An idle interpreter is stopped altogether, as a sandbox costs processor time
// for as long as it exists. That is done only when nothing in it has anything
// left to do: no thread, no process, no timer, and no library at work.
const (
	// AskAgain is how long an interpreter that had something to do is not asked
	// again.
	AskAgain = 10 * time.Second
	// warmUpTime is how long an interpreter and its sandbox take to give back what
	// their start took.
	warmUpTime = 4 * time.Second
	// idleCPU is the processor time since its last execution up to which an
	// interpreter counts as idle.
	idleCPU = 20 * time.Millisecond
)

// IdleTimes say when an interpreter may be asked whether it is idle.
type IdleTimes struct {
	WarmUp   time.Duration // after its start; 4 s
	AskAgain time.Duration // after it was not; [AskAgain]
}

func (t IdleTimes) withDefaults() IdleTimes {
	if t.WarmUp == 0 {
		t.WarmUp = warmUpTime
	}
	if t.AskAgain == 0 {
		t.AskAgain = AskAgain
	}
	return t
}

// WarmedUp reports whether the interpreter has been there for a while.
func (l *Live) WarmedUp() bool { return time.Since(l.ready) >= l.idle.WarmUp }

// Frozen reports whether the process is stopped.
func (l *Live) Frozen() bool { return l.frozen }

// CanBeAsked reports whether it is time to call IsIdle.
func (l *Live) CanBeAsked() bool {
	_, can := l.process.(freezer)
	return can && !l.frozen && !time.Now().Before(l.ask)
}

// CanBeIdle reports whether it is time to call FreezeIfIdle.
func (l *Live) CanBeIdle() bool { return l.CanBeAsked() && l.WarmedUp() }

// IsIdle asks the interpreter whether nothing is left running in it. An error says that
// the interpreter is of no use any more.
func (l *Live) IsIdle() (bool, error) {
	report, err := l.conn.IdleReport()
	idle := err == nil && report.Idle && report.CPU <= idleCPU
	if !idle {
		l.ask = time.Now().Add(l.idle.AskAgain)
	}
	return idle, err
}

// FreezeIfIdle freezes the interpreter if it is idle. An error says that the interpreter is
// of no use any more.
func (l *Live) FreezeIfIdle() (frozen bool, err error) {
	idle, err := l.IsIdle()
	if idle {
		l.Freeze()
	}
	return l.frozen, err
}

// HasTasks reports whether the interpreter says that tasks of asyncio are not done. One
// that is too busy to say is asked again twice before it is taken to have none.
func (l *Live) HasTasks() bool {
	if l.frozen || l.Ended() {
		return false
	}
	report, err := l.conn.IdleReport()
	if err != nil || report.Answered {
		l.silent = 0
		return report.Tasks
	}
	l.silent++
	return l.silent <= maxSilent
}

// maxSilent is how often an interpreter may not say whether it has tasks.
const maxSilent = 2

// Freeze stops the process, if it can be stopped.
func (l *Live) Freeze() {
	if f, ok := l.process.(freezer); ok && !l.frozen {
		l.frozen = f.Freeze() == nil
		l.memory.frozen.Store(l.frozen)
	}
}

// Thaw lets the process go on. It must be called before anything else is wanted of
// it but its death.
func (l *Live) Thaw() {
	if l.frozen {
		_ = l.process.(freezer).Thaw() // one that is gone shows that by itself
		l.memory.frozen.Store(false)
	}
	l.frozen, l.ask = false, time.Time{}
}
