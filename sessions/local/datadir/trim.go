package datadir

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// clockSlack is how far the times of files may lag behind the clock.
const clockSlack = 20 * time.Millisecond

// A trimmer takes back what code has added beyond what the session may have: new
// files go, the newest first, and old ones that grew are cut to the size that
// they had. What is too deep goes in any case. Files that callers uploaded stay.
type trimmer struct {
	ctx    context.Context
	since  time.Time // what was changed before stays
	before stamps    // the files as they were then
	dir    *Dir

	excess  usage // what is still to go
	newest  time.Time
	gains   []gain
	removed int
}

// A gain is how much space is freed by taking back what happened to one entry.
type gain struct {
	changed time.Time
	usage
}

// trim goes over the folder twice: to find from when on changes must be taken
// back, and to do it.
func (t *trimmer) trim() error {
	if err := t.walk(t.note); err != nil {
		return err
	}
	t.newest = t.cutoff()
	return t.walk(t.undo)
}

// cutoff returns the time from which on everything must go.
func (t *trimmer) cutoff() time.Time {
	slices.SortFunc(t.gains, func(a, b gain) int { return cmp.Compare(b.changed.UnixNano(), a.changed.UnixNano()) })
	var sum usage
	for _, g := range t.gains {
		if sum = sum.plus(g.usage); !t.excess.exceeds(sum) {
			return g.changed
		}
	}
	return t.since
}

type visit func(f *tree.Folder, at place, name string, info tree.Info) error

func (t *trimmer) walk(do visit) error {
	top, err := tree.Open(t.dir.root)
	if err != nil {
		return err
	}
	defer top.Close()
	_, err = t.folder(top, place{}, 0, do)
	return err
}

// folder visits what is in a folder, and returns when the oldest of it was changed.
func (t *trimmer) folder(f *tree.Folder, at place, depth int, do visit) (oldest time.Time, err error) {
	oldest = time.Now()
	err = each(t.ctx, f, func(name string, info tree.Info) error {
		defer func() { oldest = earlier(oldest, info.Changed) }()
		switch {
		case info.Dir && depth == maxDepth:
			t.removed++
			return f.RemoveAll(t.ctx, name)
		case info.Dir:
			err := inside(f, name, func(sub *tree.Folder) error {
				inIt, err := t.folder(sub, at.below(name), depth+1, do)
				info.Changed = earlier(info.Changed, inIt) // it only goes after all that is in it
				return err
			})
			if err != nil {
				return err
			}
		case t.dir.reservedFor(name) > 0:
			return nil
		}
		if info.Changed.Before(t.since.Add(-clockSlack)) {
			return nil
		}
		return do(f, at, name, info)
	})
	return oldest, err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// note records how much space an entry would free.
func (t *trimmer) note(_ *tree.Folder, at place, name string, info tree.Info) error {
	if len(t.gains) > 2*maxFiles {
		return errors.New("more files than can be looked at")
	}
	if g := t.gain(at, name, info); g.files > 0 || g.bytes > 0 {
		t.gains = append(t.gains, gain{info.Changed, g})
	}
	return nil
}

// gain returns how much space an entry would free: all of it if it is new.
func (t *trimmer) gain(at place, name string, info tree.Info) usage {
	path, named := at.file(name)
	if named && t.dir.uploaded(path) {
		return usage{}
	}
	if old, there := t.before[path]; named && there && info.Regular {
		grown := max(0, info.Size-old.size)
		return usage{bytes: min(grown, info.Blocks)}
	}
	return usage{info.Blocks, 1}
}

// undo takes back what happened to an entry, if that is needed.
func (t *trimmer) undo(f *tree.Folder, at place, name string, info tree.Info) error {
	g := t.gain(at, name, info)
	useful := g.bytes > 0 && t.excess.bytes > 0 || g.files > 0 && t.excess.files > 0
	if !useful || info.Changed.Before(t.newest) {
		return nil
	}
	var err error
	switch {
	case g.files == 0:
		err = f.Truncate(name, info.Size-g.bytes)
	case info.Regular && info.Links == 1:
		// The sandbox holds files for a while that its program has closed: what
		// is only removed would go on to take space.
		_ = f.Truncate(name, 0)
		err = f.Remove(name, false)
	default:
		err = f.Remove(name, info.Dir)
	}
	if err == nil { // a folder that is not empty stays
		t.excess = t.excess.minus(g)
		t.removed++
	}
	return nil
}
