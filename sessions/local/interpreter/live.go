package interpreter

import (
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// deathPatience is how long a killed interpreter is waited for before its
// session's files are looked at.
const deathPatience = 5 * time.Second

// A Live is a process that runs the kernel, and the way to talk to it. One caller
// at a time may use it, but Done, Ended, Kill and WaitDead are for any.
type Live struct {
	process
	memory        *watched
	conn          *kernel.Conn
	outside       *egress.Client // what it reaches; nil for nothing
	ready         time.Time
	deprioritized bool

	idle   IdleTimes
	frozen bool
	silent int       // how often in a row it has not said whether it has tasks
	ask    time.Time // when it may be asked again whether it is idle

	// restart is why it is a fresh one, if the session did not bring that about
	// itself.
	restart sessions.Restart
	// rolledBack says to what it went back; nil if it did not.
	rolledBack *RolledBack
}

// Ended reports whether the interpreter is gone, or is about to be since it was
// killed for its memory.
func (l *Live) Ended() bool {
	select {
	case <-l.Done():
		return true
	case <-l.memory.over:
		return true
	default:
		return false
	}
}

// Kill ends the process and waits until nothing is left of it.
func (l *Live) Kill() {
	l.process.Kill()
	l.conn.Close()
}

// WaitDead waits until an interpreter that was killed can write no more.
func (l *Live) WaitDead() {
	select {
	case <-l.Done():
	case <-time.After(deathPatience):
	}
}

// TakeRestart returns why the interpreter is a fresh one, once; "" if there is
// nothing to say.
func (l *Live) TakeRestart() sessions.Restart {
	why := l.restart
	l.restart = ""
	return why
}

// OnDisk returns the process as far as the disk is concerned, nil if it cannot
// tell.
func (l *Live) OnDisk() datadir.Process {
	process, _ := l.process.(datadir.Process)
	return process
}
