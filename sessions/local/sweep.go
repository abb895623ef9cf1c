package local

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// sweepKept removes the kept sessions of other names that have slept for too
// long, and those unused for longest as long as all states together take more
// of the disk than they may. One that a server has is left alone.
func (p *Pool) sweepKept() {
	if p.opts.CacheDir == "" {
		return
	}
	parent := filepath.Join(p.opts.CacheDir, keptFolder)
	entries, err := os.ReadDir(parent)
	if err != nil {
		return // there is none
	}
	type sleeper struct {
		kept
		used time.Time
		size int64
	}
	var sleepers []sleeper
	var total int64
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		k := kept{dir: filepath.Join(parent, e.Name())}
		used, _, err := k.lastUsed()
		if err != nil {
			continue
		}
		size := stateSize(k.box())
		sleepers = append(sleepers, sleeper{k, used, size})
		total += size
	}
	slices.SortFunc(sleepers, func(a, b sleeper) int { return a.used.Compare(b.used) })
	for _, s := range sleepers {
		if p.ctx.Err() != nil || total <= p.opts.SleepDisk && time.Since(s.used) <= p.opts.SleepAge {
			return
		}
		s.lock = flock.New(filepath.Join(s.dir, keptLock), flock.SetPermissions(0o600))
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
		total -= s.size
	}
}
