package datadir

import (
	"context"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/await"
)

const (
	// firstLookPatience is how long the first execution waits until it is known
	// which files are there.
	firstLookPatience = 2 * time.Second
	// trims is how often a session is brought back to what it may have, in which
	// code left running goes on to write.
	trims = 3
)

// LookFirst records the files that are there before the first execution, unless
// that has been done. If it takes too long, what Changes will say is incomplete.
// It fails only if ctx ends.
func (d *Dir) LookFirst(ctx context.Context) error {
	if d.lastKnown().stamps != nil {
		return nil
	}
	look, cancel := context.WithTimeout(ctx, firstLookPatience)
	defer cancel()
	at := time.Now()
	v, err := await.Do(look, d.owner, func(ctx context.Context) (Survey, error) { return d.survey(ctx, true) })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v = Survey{stamps: stamps{}, cut: true}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = known{v.stamps, v.cut, v.unnamed, at}
	return nil
}

// Changes are what an execution did to the folder.
type Changes struct {
	Files   []sessions.FileChange // in order of name
	Omitted int                   // how many more there are; -1 if that is not known
	Disk    *sessions.Disk        // set if there is too much, or something was taken back
	Killed  bool                  // the process had to be killed, as it held what it had deleted
}

// Changes returns what an execution did to the files, after it has taken back what
// exceeds the ceiling. kill must kill the process that runs over the folder and
// return when it can write no more, or report that there is none.
func (d *Dir) Changes(ctx context.Context, c *Ceiling, kill func() bool) (Changes, error) {
	at := time.Now()
	t := tidying{dir: d, ctx: ctx, ceiling: c, kill: kill}
	v, err := t.fit()
	if err != nil {
		return Changes{Omitted: -1, Killed: t.killed}, err
	}
	before := d.renew(v, at)
	x := Changes{Disk: c.describe(v, t.removed), Killed: t.killed}
	now := v.stamps
	if before.cut {
		now = now.since(before.at.Add(-clockSlack))
	}
	x.Files, x.Omitted = now.changedSince(before.stamps, !v.cut && !before.cut)
	x.Omitted += max(0, v.unnamed-before.unnamed)
	if before.cut || v.cut {
		x.Omitted = -1
	}
	return x, nil
}

// A tidying brings a folder back to what the session may have.
type tidying struct {
	dir     *Dir
	ctx     context.Context
	ceiling *Ceiling
	kill    func() bool

	removed int // files and folders
	killed  bool
}

// fit surveys the folder until it has no more than it may, which it is brought
// to. A file that is removed and still open goes on to take space: that of a few
// is made up for with others, but code that hides more than a tenth of the limit
// like this, or is at it to the last, is killed.
func (t *tidying) fit() (Survey, error) {
	hidden := t.ceiling.limit.tenth()
	v, err := t.dir.survey(t.ctx, true)
	for round := 1; round <= trims && err == nil && t.ceiling.Judge(v) != Below; round++ {
		if (round == trims || v.held.exceeds(hidden)) && t.kill() {
			t.killed = true
			// What it wrote since it was surveyed counts as well.
			if v, err = t.dir.survey(t.ctx, true); err != nil {
				break
			}
		}
		if err = t.trim(v); err == nil {
			v, err = t.dir.survey(t.ctx, true)
		}
	}
	return v, err
}

// trim takes back what the code has added.
func (t *tidying) trim(v Survey) error {
	before := t.dir.lastKnown()
	trim := trimmer{
		ctx: t.ctx, dir: t.dir, since: before.at, before: before.stamps,
		excess: v.usage.minus(t.ceiling.allowed(v)),
	}
	err := trim.trim()
	t.removed += trim.removed
	return err
}
