package local

import (
	"path/filepath"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// A leftover is a named session of another name that an earlier server has left.
type leftover struct {
	namedFolder
	used time.Time
	size int64 // bytes that its state takes on the disk
}

// pruneNamed removes the named sessions of other names that have slept for too
// long, and those unused for longest as long as all states together take more of
// the disk than they may. It leaves those alone that a server has.
func (p *Pool) pruneNamed() {
	all, total := p.leftovers()
	for _, l := range all {
		if p.ctx.Err() != nil || total <= p.opts.SleepDisk && time.Since(l.used) <= p.opts.SleepAge {
			return
		}
		if p.removeLeftover(l) {
			total -= l.size
		}
	}
}

// leftovers returns the named sessions in the cache folder, those unused for longest
// first, and what their states take on the disk.
func (p *Pool) leftovers() (all []leftover, total int64) {
	for _, found := range namedKind.List(filepath.Join(p.opts.CacheDir, namedParent)) {
		f := namedFolder{dir: found.Path}
		used, _, err := f.lastUsed()
		if err != nil {
			continue
		}
		size := interpreter.StateSize(f.instance())
		all = append(all, leftover{f, used, size})
		total += size
	}
	slices.SortFunc(all, func(a, b leftover) int { return a.used.Compare(b.used) })
	return all, total
}

// removeLeftover removes a named session, unless a server has it or has used it in
// the moment before.
func (p *Pool) removeLeftover(l leftover) (removed bool) {
	l.lock = cachedir.NewLock(filepath.Join(l.dir, namedLock))
	if locked, err := l.lock.TryLock(); err != nil || !locked {
		return false
	}
	if used, _, err := l.lastUsed(); err != nil || !used.Equal(l.used) {
		l.lock.Close()
		return false
	}
	if err := l.remove(p.ctx); err != nil {
		p.opts.Logger.Warn().Err(err).Msg("a named session that nobody used for too long cannot be removed")
		return false
	}
	p.opts.Logger.Info().Msg("removed a session of another name that an earlier server has left: it slept for too long, or states take more of the disk than they may")
	return true
}
