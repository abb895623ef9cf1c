package datadir

import (
	"dynamic-sessions-mcp/sessions"
)

// A Ceiling is how much an execution may leave on the disk: the limit or, if the
// session is above it already, what the session has. Above the limit only what frees
// space runs for long, and space that was freed cannot be taken again. A Ceiling
// belongs to one goroutine at a time.
type Ceiling struct {
	usage
	limit usage
	began usage // what the session had at first
}

// Ceiling returns what an execution may leave that begins now.
func (d *Dir) Ceiling() Ceiling {
	now := d.used()
	return Ceiling{
		usage: usage{max(d.limit.bytes, now.bytes), max(d.limit.files, now.files)},
		limit: d.limit,
		began: now,
	}
}

// hostSlack is what a run may add when the host's disk is full: what the system
// itself takes for a file must not stop it.
const hostSlack = 1 << 20

// minMargin is how many bytes code may write at least between an interrupt and its
// end. With less it would be killed and lose its variables. The bytes are taken back.
const minMargin = 128 << 20

// A Level says where a session is, compared with its ceiling.
type Level int

// The levels.
const (
	Below    Level = iota
	Above          // the code must end
	FarAbove       // it must end at once
)

// Judge says where a survey has found the session, and lowers the ceiling if it
// has come closer to its limit.
func (c *Ceiling) Judge(v Survey) Level {
	c.usage = usage{
		max(c.limit.bytes, min(c.bytes, v.bytes)),
		max(c.limit.files, min(c.files, v.files)),
	}
	margin := usage{max(c.limit.bytes/5, minMargin), c.limit.files / 5}
	allowed := c.allowed(v)
	switch {
	case v.usage.exceeds(allowed.plus(margin)):
		return FarAbove
	case v.usage.exceeds(allowed), v.deep:
		return Above
	}
	return Below
}

// allowed is the ceiling, or less if the host's disk has no space for that: then
// the session may keep what it had.
func (c *Ceiling) allowed(v Survey) usage {
	if v.host.full() {
		return usage{min(c.bytes, c.began.bytes+hostSlack), c.files}
	}
	return c.usage
}

// describe says what a session takes, nil if it may add something and nothing was
// taken back.
func (c *Ceiling) describe(v Survey, removed int) *sessions.Disk {
	d := sessions.Disk{
		Used: v.bytes, Limit: c.limit.bytes,
		Files: v.files, MaxFiles: c.limit.files,
		Removed:  removed,
		HostFull: v.host.full(),
		Largest:  v.largest,
	}
	if !d.Full() && removed == 0 {
		return nil
	}
	return &d
}
