package local

import (
	"path/filepath"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
)

// sweepKept removes the kept sessions of other names that have slept for too
// long, and those unused for longest as long as all states together take more
// of the disk than they may. One that a server has is left alone.
func (p *Pool) sweepKept() {
	type sleeper struct {
		kept
		used time.Time
		size int64
	}
	var sleepers []sleeper
	var total int64
	for _, found := range keptKind.List(filepath.Join(p.opts.CacheDir, keptFolder)) {
		k := kept{dir: found.Path}
		used, _, err := k.lastUsed()
		if err != nil {
			continue
		}
		size := interpreter.StateSize(k.box())
		sleepers = append(sleepers, sleeper{k, used, size})
		total += size
	}
	slices.SortFunc(sleepers, func(a, b sleeper) int { return a.used.Compare(b.used) })
	for _, s := range sleepers {
		if p.ctx.Err() != nil || total <= p.opts.SleepDisk && time.Since(s.used) <= p.opts.SleepAge {
			return
		}
		s.lock = cachedir.NewLock(filepath.Join(s.dir, keptLock))
		if locked, err := s.lock.TryLock(); err != nil || !locked {
			continue
		}
		// It may have been used in the moment before.
		if used, _, err := s.lastUsed(); err != nil || !used.Equal(s.used) {
			s.lock.Close()
			continue
		}
		if err := s.remove(p.ctx); err != nil {
			p.opts.Logger.Warn().Err(err).Msg("a session that was kept for too long cannot be removed")
			continue
		}
		p.opts.Logger.Info().Msg("removed a session of another name that an earlier server has left: it slept for too long, or there is no room for more")
		total -= s.size
	}
}
