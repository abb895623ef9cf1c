package cachestore

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// Prune removes items that nobody uses: those that were last used longer than age
// ago, and of the others those used last, as long as there are more than count;
// 0 stands for any number. The item named keep counts, and stays. An item whose
// use nobody noted stays, and is used now as far as the next Prune knows. Prune
// also removes what dead processes have left of builds. It waits for nobody: it
// does nothing while a process holds the store's lock.
//
// An item that cannot be removed costs disk and nothing else, so Prune returns no
// error.
func (s *Store) Prune(keep string, count int, age time.Duration) {
	old := s.outdated(keep, count, age)
	if len(old) == 0 && len(s.abandoned()) == 0 {
		return
	}
	lock := cachedir.NewLock(s.Path(s.Lock))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return
	}
	defer lock.Close()
	s.removeAbandoned()
	for _, item := range old {
		if s.removeUnused(item) {
			s.Logger.Info().Str("folder", item.Dir).Msgf("removed %s that is no longer used", s.Noun)
		}
	}
}

// outdated returns the items that are not to be kept if nobody uses them.
func (s *Store) outdated(keep string, count int, age time.Duration) []Entry {
	bounded := count > 0
	if keep != "" {
		count--
	}
	others := slices.DeleteFunc(s.List(), func(e Entry) bool { return e.Key == keep })
	slices.SortFunc(others, func(a, b Entry) int { return b.Used.Compare(a.Used) })
	var old []Entry
	for i, e := range others {
		if !e.recorded || time.Since(e.Used) > age || bounded && i >= count {
			old = append(old, e)
		}
	}
	return old
}

// removeUnused removes an item unless it is in use. The caller holds the store's
// lock.
func (s *Store) removeUnused(item Entry) (removed bool) {
	lock, unused := tryLockUnused(item.Dir)
	if !unused {
		return false
	}
	defer lock.Close()
	if !item.recorded {
		recordUse(lock)
		return false
	}
	if s.discard(item.Key) != nil {
		return false
	}
	_ = os.Remove(lock.Path())
	return true
}

// discard removes an item, which the caller has locked.
func (s *Store) discard(key string) error {
	away, err := s.Builds.Make(s.Dir, s.BuildPrefix)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return s.Items.Remove(s.Path(key)) // which makes room
	}
	if err != nil {
		return err
	}
	defer s.Builds.Remove(away)
	return s.moveAway(key, away)
}
