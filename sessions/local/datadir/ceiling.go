package local

import (
	"dynamic-sessions-mcp/sessions"
)

// A ceiling is how much a run may leave on the disk: the limit or, if the
// session is above it already, what the session has. Then nothing runs for long
// but what makes room, and what has been given back is not to be had again.
type ceiling struct {
	usage
	limit usage
	began usage // what the session had at first
}

func (a *account) ceiling() ceiling {
	now := a.now()
	return ceiling{
		usage: usage{max(a.limit.bytes, now.bytes), max(a.limit.files, now.files)},
		limit: a.limit,
		began: now,
	}
}

// hostSlack is what a run may add when the host's disk is full: what the system
// itself takes for a file must not stop it.
const hostSlack = 1 << 20

// minMargin is what code may write at least between an interrupt and its heeding
// it, which would cost it its variables otherwise. It is taken back.
const minMargin = 128 << 20

// A level says where a session is, compared with its ceiling.
type level int

const (
	below    level = iota
	above          // the code is to end
	farAbove       // and no time is to be lost
)

// judge says where a survey has found the session, and lowers the ceiling if it
// has come closer to its limit.
func (c *ceiling) judge(v survey) level {
	c.usage = usage{
		max(c.limit.bytes, min(c.bytes, v.bytes)),
		max(c.limit.files, min(c.files, v.files)),
	}
	margin := usage{max(c.limit.bytes/5, minMargin), c.limit.files / 5}
	allowed := c.allowed(v)
	switch {
	case v.usage.exceeds(allowed.plus(margin)):
		return farAbove
	case v.usage.exceeds(allowed), v.deep:
		return above
	}
	return below
}

// allowed is the ceiling, or less if the host's disk has no room for that: then
// the session may keep what it had.
func (c *ceiling) allowed(v survey) usage {
	if v.host.full() {
		return usage{min(c.bytes, c.began.bytes+hostSlack), c.files}
	}
	return c.usage
}

// describe says what a session takes, if it is not to add anything.
func (c *ceiling) describe(v survey, removed int) *sessions.Disk {
	d := sessions.Disk{
		Used: v.bytes, Limit: c.limit.bytes,
		Files: v.files, MaxFiles: c.limit.files,
		Removed:  removed,
		HostFull: v.host.full(),
	}
	if !d.Full() && removed == 0 {
		return nil
	}
	return &d
}
